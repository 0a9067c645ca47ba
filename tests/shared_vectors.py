"""Reference results of an independent implementation, where a checkout of them is at hand."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

VARIABLE = "CUEBOOK_SHARED_DATA"
"""Names the folder that holds ``stats_vectors.json``."""


def vectors(section: str, file: str = "stats_vectors.json") -> list[dict[str, Any]]:
    """The vectors of one section; the test is skipped, saying so, when there is no such folder or file."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        pytest.skip(f"{VARIABLE} is not set: the shared vectors of {section!r} were NOT checked")
    path = Path(folder) / file
    if not path.is_file():
        pytest.skip(f"{VARIABLE} has no {file}: its vectors of {section!r} were NOT checked")
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))[section]
    assert found, f"no vectors in section {section!r}"
    return found
