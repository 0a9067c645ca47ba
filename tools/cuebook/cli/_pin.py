"""The line of a lock file that pins Cuebook itself: its version and the hash of its wheel."""

from __future__ import annotations

import json
import re
from importlib import metadata

from cuebook.core.errors import HOW_TO_PIN

_HASH = re.compile(r"sha256:[0-9a-f]{64}")


def pinned(digest: str | None) -> str:
    """Return the line for this version of Cuebook, with its hash (``sha256:`` and 64 digits) if known."""
    line = f"cuebook[all]=={metadata.version('cuebook')}"
    # A line without a hash stops pip, which asks for one of each line: nothing unpinned is installed.
    return f"{line} --hash={digest}" if digest else line


def is_hash(text: str) -> bool:
    """Return whether a text is a hash as pip takes it."""
    return bool(_HASH.fullmatch(text))


def how_to_pin(lock_file: str) -> str:
    """Return what to do where the hash is not known: pip then installs nothing of the lock file."""
    return f"{lock_file} has no hash for Cuebook itself yet: {HOW_TO_PIN}"


def installed_hash() -> str | None:
    """Return the hash of the wheel that is installed, from the record that pip leaves of a file (PEP 610)."""
    text = metadata.distribution("cuebook").read_text("direct_url.json")
    try:
        found = f"sha256:{json.loads(text or '{}')['archive_info']['hashes']['sha256']}"
    except (ValueError, KeyError, TypeError):  # it came from an index, a folder or Git: no hash is on record
        return None
    return found if is_hash(found) else None
