from __future__ import annotations

from pathlib import Path

import pytest

from cuebook.core import git
from cuebook.core.environment import for_git, for_python

NEEDED = {"PATH": "/bin", "https_proxy": "http://proxy", "LC_ALL": "C", "SystemRoot": "C:\\", "GH_TOKEN": "t"}


@pytest.mark.parametrize(
    "name",
    [
        "OPENAI_API_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "DB_PASSWORD",
        "LLM_TOKEN",
        "GATEWAY",
        "LC_KEY",
        "HF_HUB",
        "PATH_TO_MODELS",
        "GIT_CONFIG_COUNT",
        "MKDOCS_SITE_NAME",
        "PYTHONWARNINGS",
    ],
)
def test_only_what_a_program_needs_is_handed_on(name: str) -> None:
    assert for_git({name: "sk-1", **NEEDED}) == NEEDED
    assert for_python({name: "sk-1", **NEEDED}) == {
        key: NEEDED[key] for key in ("PATH", "LC_ALL", "SystemRoot")
    }


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "GATEWAY"])
def test_git_sees_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "sk-CANARY")
    said = git.run(tmp_path, "-c", "alias.show-all=!env", "show-all").decode()
    assert "PATH=" in said
    assert "sk-CANARY" not in said
