"""Where one step of a workflow leaves what a later one takes up, below the checkout."""

from __future__ import annotations

from pathlib import Path

STAGED = Path("build") / "ledger"
"""Where records wait for ``cuebook ci keep``."""

CHECKSUMS = "checksums.txt"
"""Below the site: the SHA-256 of every published file, which is what is signed."""

SHARD = Path("build") / "shard" / "replies.sqlite"
"""Replies that one machine bought of its part, for ``cuebook ci gate --shards``."""

SHARDS = Path("build") / "shards"
"""The same of all machines, each in a folder of its own."""

FOUND = Path("build") / "nightly" / "night.json"
"""What a night found, for ``cuebook ci issues``."""
