"""Folders below the output folder in which a step of a workflow leaves files for a later one."""

from __future__ import annotations

STAGED = "ledger"
"""The folder with records for ``cuebook ci keep``."""

PUBLISHED = "published"
"""The JSON that apps fetch."""

CHECKSUMS = "checksums.txt"
"""A file below the site with the SHA-256 of every published file: it is what gets signed."""

SHARD = "shard"
"""Replies that one machine collected for its shard, for ``cuebook ci gate --shards``."""

SHARDS = "shards"
"""The replies of all shards, each in a folder of its own."""

NIGHT = "nightly"
"""The results of a night, for ``cuebook ci issues``."""

NIGHT_FILE = "night.json"

MERGES = "merges"
"""The accounts that merged each move, for a publication that has no token."""

MERGES_FILE = "merges.json"
