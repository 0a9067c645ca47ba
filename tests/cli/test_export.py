from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import write
from cuebook.jobs import mlflow_registry

Cli = Callable[..., Any]


def test_a_prompt_is_written_and_what_is_lost_is_said(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "export", "qa@production", "--to", "promptfoo", "--with-tests", "-o", "out")
    assert (ended.code, ended.out) == (0, "wrote out/promptfooconfig.yaml\n")
    text = (registry / "out/promptfooconfig.yaml").read_text()
    assert "label: qa/1" in text
    assert "type: icontains" in text
    again = cli(registry, "export", "qa@production", "--to", "promptfoo", "-o", "out")
    assert (again.code, "already exists" in again.err) == (2, True)
    assert "choose another folder: -o FOLDER" in again.err


def test_what_comes_back_has_the_same_digests(cli: Cli, registry: Path) -> None:
    assert cli(registry, "export", "qa", "--to", "langfuse", "--all-versions").code == 0
    ended = cli(registry, "import", "qa.langfuse.json")
    assert "nothing new: 2 of 2 versions already exist" in ended.out, ended.err


def test_lost_parts_are_named_with_their_version(cli: Cli, registry: Path) -> None:
    text = "message: Say it\nmodel: offline/rules\ntemplate: Say {{word}}\n"
    (registry / "prompts/say").mkdir()
    (registry / "prompts/say/v1.prompt.yml").write_text(text)
    ended = cli(registry, "export", "say", "--to", "prompt-yml", "-o", "out")
    assert "say/1: prompt-yml does not hold that it is a text prompt" in ended.err


def test_an_export_to_promptfoo_comes_back_under_its_name(cli: Cli, registry: Path) -> None:
    cli(registry, "export", "qa", "--to", "promptfoo", "--all-versions", "-o", "out")
    (registry / "prompts/qa").rename(registry / "was")
    ended = cli(registry, "import", "out/promptfooconfig.yaml")
    assert ended.code == 0, ended.err
    assert sorted(path.name for path in (registry / "prompts/qa").glob("v*")) == sorted(
        path.name for path in (registry / "was").glob("v*")
    )


def test_a_model_that_promptfoo_cannot_ask_is_said_and_comes_back(cli: Cli, registry: Path) -> None:
    text = "message: Say it\nmodel: {}\nmessages: [{{role: user, content: 'Say {{{{word}}}}'}}]\n"
    say = {
        f"prompts/say/v{n}.prompt.yml": text.format(model)
        for n, model in ((1, "offline/rules"), (2, "local/a"))
    }
    settings = "[endpoints.local]\nbase_url = 'http://127.0.0.1:1/v1'\n"
    write(registry, {**say, "cuebook.toml": settings})
    for ref, what in (
        ("say/1", "offline/rules, which only Cuebook has"),
        ("say/2", "local/a, whose server the"),
    ):
        ended = cli(registry, "export", ref, "--to", "promptfoo", "-o", f"out-{ref[-1]}")
        assert f"{ref}: promptfoo does not hold how to ask {what}" in ended.err
        back = cli(registry, "import", f"out-{ref[-1]}/promptfooconfig.yaml", "--name", f"back-{ref[-1]}")
        assert back.code == 0, back.err
        made = (registry / f"prompts/back-{ref[-1]}/v1.prompt.yml").read_text()
        assert f"model: {what.partition(',')[0]}\n" in made


def test_versions_are_registered_with_mlflow(
    cli: Cli, registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[str, bytes]] = []

    def register(uri: str, data: bytes) -> list[str]:
        given.append((uri, data))
        return ["registered qa/2 as version 1 of qa"]

    monkeypatch.setattr(mlflow_registry, "register", register)
    ended = cli(registry, "export", "qa", "--to", "mlflow", "--mlflow", "sqlite:///x.db")
    assert ended.out == "registered qa/2 as version 1 of qa\n"
    assert given[0][0] == "sqlite:///x.db"
    assert "--mlflow is for --to mlflow" in cli(registry, "export", "qa", "--to", "text", "--mlflow", "x").err


def test_a_share_of_units_is_named_as_lost(cli: Cli, registry: Path, tmp_path: Path) -> None:
    write(registry, {"prompts/qa/aliases.yml": "production: {use: 1, try: {2: 10}}\n"})
    ended = cli(registry, "export", "qa", "--to", "langfuse", "--all-versions", "-o", str(tmp_path / "out"))
    assert ended.code == 0, ended.err
    said = "qa@production: langfuse does not hold what a share of units gets: 10% of production -> 2"
    assert said in ended.err
