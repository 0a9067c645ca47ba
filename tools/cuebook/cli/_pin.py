"""The line of a lock file that pins Cuebook itself: its version and the hash of its wheel."""

from __future__ import annotations

import json
import os
import re
from importlib import metadata
from typing import Any
from urllib.parse import urlsplit

from cuebook.client.fetch import opener

INDEX = "https://pypi.org/simple"
_SECONDS = 10.0
_LARGEST = 8 << 20
_HASH = re.compile(r"sha256:[0-9a-f]{64}")


def pinned(hashes: list[str]) -> str:
    """The line for this version of Cuebook with these hashes, each ``sha256:`` and 64 digits."""
    return " ".join([f"cuebook[all]=={metadata.version('cuebook')}", *(f"--hash={item}" for item in hashes)])


def is_hash(text: str) -> bool:
    """Whether a text is a hash as pip takes it."""
    return bool(_HASH.fullmatch(text))


def find_hashes() -> list[str]:
    """Hashes of the wheel that is installed or that the package index has; empty when neither is known."""
    return _installed() or _published()


def _installed() -> list[str]:
    """From the record that pip leaves when it installs one wheel (PEP 610)."""
    text = metadata.distribution("cuebook").read_text("direct_url.json")
    try:
        found = json.loads(text or "{}")["archive_info"]["hashes"]["sha256"]
    except (ValueError, KeyError, TypeError):
        return []
    return [f"sha256:{found}"] if is_hash(f"sha256:{found}") else []


def _published() -> list[str]:
    """From the index that pip would ask, in its JSON form (PEP 691)."""
    from http.client import HTTPException
    from urllib.request import Request

    index = (os.environ.get("PIP_INDEX_URL") or INDEX).rstrip("/")
    if urlsplit(index).scheme not in {"http", "https"}:
        return []
    accept = {"Accept": "application/vnd.pypi.simple.v1+json", "User-Agent": "cuebook"}
    try:
        request = Request(f"{index}/cuebook/", headers=accept)  # noqa: S310  http or https, see above
        with opener().open(request, timeout=_SECONDS) as response:
            files = json.loads(response.read(_LARGEST))["files"]
        return _wheels(files)
    except (OSError, HTTPException, ValueError, KeyError, TypeError, AttributeError):
        return []


def _wheels(files: list[dict[str, Any]]) -> list[str]:
    start = f"cuebook-{metadata.version('cuebook')}-"
    found = [
        f"sha256:{file['hashes']['sha256']}"
        for file in files
        if file["filename"].startswith(start) and file["filename"].endswith(".whl") and not file.get("yanked")
    ]
    return [item for item in found if is_hash(item)]
