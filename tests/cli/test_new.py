from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from build import write
from conftest import QA

Cli = Callable[..., Any]


def test_the_next_version_is_a_copy_that_check_wants_edited(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "new", "qa", "-m", "Cite: the passage")
    assert ended.out.startswith("wrote prompts/qa/v3.prompt.yml\n")
    path = registry / "prompts/qa/v3.prompt.yml"
    assert path.read_text().startswith(
        "# yaml-language-server: $schema=../../schemas/prompt-version.json\nmessage: 'Cite: the passage'\n"
    )
    assert "says the same as version 2" in cli(registry, "check").out
    path.write_text(path.read_text().replace("short sentence", "clear sentence"))
    assert cli(registry, "check").code == 0


def test_a_new_prompt_from_nothing_is_accepted_by_check(cli: Cli, registry: Path) -> None:
    assert cli(registry, "new", "greeter", "-m", "First").code == 0
    assert "title: Greeter" in (registry / "prompts/greeter/meta.yml").read_text()
    ended = cli(registry, "check")
    assert ended.code == 0
    assert "no suite evaluates" not in ended.out
    ended = cli(registry, "gate", "greeter/1")
    assert "greeter" in ended.out
    assert "Nothing to evaluate" not in ended.out


def test_a_suite_that_is_there_already_is_left_alone(cli: Cli, registry: Path) -> None:
    write(
        registry, {"evals/hello/suite.yml": QA["evals/qa/suite.yml"].replace("prompt: qa", "prompt: greeter")}
    )
    assert "suite.yml" not in cli(registry, "new", "greeter", "-m", "First").out


def test_nothing_is_written_where_something_is_in_the_way(cli: Cli, registry: Path) -> None:
    write(registry, {"evals/greeter/dataset.jsonl": "mine\n"})
    assert cli(registry, "new", "greeter", "-m", "First").code == 2
    assert not (registry / "prompts/greeter").exists()


def test_the_model_of_the_settings_is_written(cli: Cli, registry: Path) -> None:
    write(registry, {"cuebook.toml": 'model = "openai/gpt-6-luna"\n'})
    for name, number in (("greeter", 1), ("qa", 3)):
        cli(registry, "new", name, "-m", "Next")
        text = (registry / f"prompts/{name}/v{number}.prompt.yml").read_text("utf-8")
        assert "model: openai/gpt-6-luna\n" in text


def test_from_another_version(cli: Cli, registry: Path) -> None:
    cli(registry, "new", "qa", "-m", "Back to the first", "--from", "qa/1")
    assert "short" not in (registry / "prompts/qa/v3.prompt.yml").read_text()
    assert cli(registry, "check").code == 0, "an older version may be restored on purpose"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Bad Name", "-m", "x"], "try 'bad-name'"),
        (["qa/1", "-m", "x"], "cuebook new qa --from qa/1 -m "),
        (["qa@production", "-m", "x"], "cuebook new qa --from qa@production -m "),
        (["prompts/qa/v1.prompt.yml", "-m", "x"], "cuebook new qa --from qa/1 -m "),
        (["prompts/qa/", "-m", "x"], "cuebook new qa --from qa@latest -m "),
        (["other/1", "-m", "x"], "try 'other-1'"),
        (["qa", "-m", " "], "one line"),
        (["qa"], 'add -m "Why this version"'),
    ],
)
def test_wrong_words(cli: Cli, registry: Path, words: list[str], said: str) -> None:
    ended = cli(registry, "new", *words)
    assert ended.code == 2
    assert said in ended.err


@pytest.mark.parametrize(
    ("known", "typed", "slip"),
    [
        ("mailer", "mialer", True),
        ("mailer", "maler", True),
        ("mailer", "maiiler", True),
        ("mailer", "mauler", True),
        ("mailer", "mailer-2", False),
        ("mailer-1", "mailer-2", False),
        ("mailer", "mailing", False),
        ("faq", "fax", False),
        ("mailer", "router", False),
    ],
)
def test_a_slip_in_a_name_is_no_new_prompt(
    cli: Cli, tmp_path: Path, known: str, typed: str, *, slip: bool
) -> None:
    (tmp_path / "prompts").mkdir()
    assert cli(tmp_path, "new", known, "-m", "x").code == 0
    ended = cli(tmp_path, "new", typed, "-m", "x")
    assert ended.code == (2 if slip else 0), ended.err
    assert (f"cuebook new {known} -m" in ended.err) is slip
    if slip:
        assert cli(tmp_path, "new", typed, "-m", "x", "--new").code == 0


def test_a_new_judge_is_a_judge_with_the_settings_model_and_labels(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path, {"cuebook.toml": 'judge_model = "anthropic/claude-sonnet-5-5"\n', "prompts/.keep": ""})
    ended = cli(tmp_path, "new", "judge-tone", "-m", "Grade: the tone")
    assert "cuebook check && cuebook judge judge-tone" in ended.out
    made = yaml.safe_load((tmp_path / "prompts/judge-tone/v1.prompt.yml").read_text())
    assert (made["model"], made["message"]) == ("anthropic/claude-sonnet-5-5", "Grade: the tone")
    assert len((tmp_path / "evals/judge-tone/labels.jsonl").read_text().splitlines()) == 2
    assert cli(tmp_path, "check").code == 0
    assert cli(tmp_path, "new", "judge-tone", "-m", "Next").code == 0
    assert not (tmp_path / "evals/judge-tone/suite.yml").exists()


def test_a_new_prompt_has_nothing_to_be_promoted_before_it_passed(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    assert cli(tmp_path, "new", "greeter", "-m", "First").code == 0
    assert "no alias" not in cli(tmp_path, "check").out
    assert cli(tmp_path, "new", "greeter", "-m", "Second").code == 0
    text = (tmp_path / "prompts/greeter/v2.prompt.yml").read_text()
    (tmp_path / "prompts/greeter/v2.prompt.yml").write_text(text.replace("one sentence", "one word"))
    assert "once a version has passed: cuebook promote greeter/2" in cli(tmp_path, "check").out


TONE = "message: m\nmodel: toy/answers\ntemplate: {}\n"
FRAGMENTS = {
    "prompts/tone/v1.prompt.yml": TONE.format("Be kind."),
    "prompts/tone/v2.prompt.yml": TONE.format("Be brief."),
    "prompts/qa/v3.prompt.yml": QA["prompts/qa/v1.prompt.yml"].replace("<context>", "{{> tone/1}} <context>"),
    "prompts/qa/aliases.yml": "production: 3\n",
}


def test_a_copy_keeps_its_includes(cli: Cli, registry: Path) -> None:
    write(registry, FRAGMENTS)
    cli(registry, "new", "qa", "-m", "Next")
    assert "{{> tone/1}} <context>" in (registry / "prompts/qa/v4.prompt.yml").read_text("utf-8")


def test_live_versions_get_a_newer_fragment_and_nothing_else(cli: Cli, registry: Path) -> None:
    write(registry, FRAGMENTS)
    ended = cli(registry, "new", "--include", "tone/2")
    assert ended.out == "wrote prompts/qa/v4.prompt.yml, from v3\nthen: cuebook check && cuebook gate qa/4\n"
    assert "{{> tone/2}} <context>" in (registry / "prompts/qa/v4.prompt.yml").read_text("utf-8")
    assert cli(registry, "check").code == 0
    again = cli(registry, "new", "--include", "tone/2").out
    assert again == "qa/4 includes tone/2 already\nnothing to write: no live version waits for tone/2\n"
    write(registry, {"prompts/qa/aliases.yml": "production: 4\n"})
    assert (
        cli(registry, "new", "--include", "tone").out
        == "nothing to write: no live version waits for tone/2\n"
    )
    assert "pinned to a version" in cli(registry, "new", "--include", "tone@latest").err
    assert cli(registry, "new", "qa", "--include", "tone/2").code == 2


@pytest.mark.parametrize("name", ["greeter", "judge-tone"])
def test_a_prompt_that_has_no_version_gets_its_first_and_keeps_the_rest(
    cli: Cli, registry: Path, name: str
) -> None:
    write(registry, {f"prompts/{name}/meta.yml": "title: Mine\n"})
    cure = f'cuebook new {name} -m "Why this prompt"'
    assert cure in cli(registry, "check").out
    assert cure in cli(registry, "show", f"{name}/1").err
    ended = cli(registry, *shlex.split(cure)[1:])
    assert ended.code == 0, ended.err
    assert (registry / f"prompts/{name}/meta.yml").read_text() == "title: Mine\n"
    assert cli(registry, "check").code == 0


def test_a_suite_of_a_prompt_without_a_version_stops_no_command(cli: Cli, registry: Path) -> None:
    for file in ("v1.prompt.yml", "v2.prompt.yml", "aliases.yml"):
        (registry / "prompts/qa" / file).unlink()
    write(registry, {"rows.csv": "question,context\nWhich?,The lamp is red.\n"})
    for words in (["check"], ["plan"], ["all"], ["list"], ["site", "build"], ["gate"], ["gate", "qa"]):
        assert cli(registry, *words).code != 70, words
    for words in (["cases", "add", "qa", "rows.csv"], ["gate", "qa"]):
        assert "cuebook new qa" in cli(registry, *words).err
    assert cli(registry, "new", "qa", "-m", "Again").code == 0
    assert "has no version" not in cli(registry, "check").out
