from __future__ import annotations

from pathlib import Path

import pytest

from cuebook.core import git
from cuebook.core.environment import without_keys


@pytest.mark.parametrize(
    "name",
    [
        "OPENAI_API_KEY",
        "Local_ApiKey",
        "AWS_SECRET_ACCESS_KEY",
        "DB_PASSWORD",
        "ANTHROPIC_AUTH_TOKEN",
        "MY_SECRET",
    ],
)
def test_keys_are_not_handed_on(name: str) -> None:
    assert without_keys({name: "sk-1", "PATH": "/bin", "GH_TOKEN": "t"}) == {"PATH": "/bin", "GH_TOKEN": "t"}


def test_git_sees_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-CANARY")
    said = git.run(tmp_path, "-c", "alias.show-all=!env", "show-all").decode()
    assert "PATH=" in said
    assert "sk-CANARY" not in said
