from __future__ import annotations

from pathlib import Path

from cuebook.core.files import Folder
from cuebook.registry.paths import PROMPTS, version_path


def test_a_version_is_where_its_path_says(registry: Path) -> None:
    assert version_path("qa", 2) in Folder(registry).paths(PROMPTS)
