"""Where one step of a workflow leaves what a later one takes up, below the output folder."""

from __future__ import annotations

STAGED = "ledger"
"""Where records wait for ``cuebook ci keep``."""

PUBLISHED = "published"
"""The JSON that apps fetch."""

CHECKSUMS = "checksums.txt"
"""Below the site: the SHA-256 of every published file, which is what is signed."""

SHARD = "shard"
"""Replies that one machine bought of its part, for ``cuebook ci gate --shards``."""

SHARDS = "shards"
"""The same of all machines, each in a folder of its own."""

NIGHT = "nightly"
"""What a night found, for ``cuebook ci issues``."""

NIGHT_FILE = "night.json"

MERGES = "merges"
"""Who merged what, for a publication that has no token."""

MERGES_FILE = "merges.json"
