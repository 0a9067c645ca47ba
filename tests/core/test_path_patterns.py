from __future__ import annotations

import pytest

from cuebook.core.path_patterns import path_pattern


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("app/**", "app/deep/desk.py", True),
        ("app/**", "other/app/desk.py", False),
        ("app/", "app/desk.py", True),
        ("app/*", "app/deep/desk.py", False),
        ("uv.lock", "app/uv.lock", True),
        ("/uv.lock", "uv.lock", True),
        ("/uv.lock", "app/uv.lock", False),
        ("*.py", "app/desk.py", True),
        ("*.py", "app/desk.pyc", False),
    ],
)
def test_a_pattern_matches_whole_paths(glob: str, path: str, matches: bool) -> None:
    assert (path_pattern(glob).fullmatch(path) is not None) is matches
