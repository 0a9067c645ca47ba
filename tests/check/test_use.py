from __future__ import annotations

from pathlib import Path

import pytest

import checked
from build import write
from checked import FILES, GOOD, JUDGE, SUITE, found, version
from conftest import QA
from cuebook import check
from cuebook.core.files import Folder


@pytest.mark.parametrize(
    ("model", "more", "line", "said", "cure"),
    [
        ("opnai/gpt-6-luna", "", 2, "no provider is called 'opnai'", "did you mean openai/?"),
        (
            "openai/gpt-6-luna",
            "modelParameters: {temperature: 0}\n",
            3,
            "no temperature",
            "reasoningEffort: none",
        ),
        ("groq/m", "modelParameters: {topK: 3}\n", 3, "groq takes no topK", "take topK out"),
        ("openai/gpt-6-luna", "responseFormat: json_object\n", 3, "no message says JSON", "say in a message"),
    ],
)
def test_what_would_stop_the_first_call_is_known_before_it(
    tmp_path: Path, model: str, more: str, line: int, said: str, cure: str
) -> None:
    text = GOOD.replace("model: offline/rules\n", f"model: {model}\n{more}")
    problem = next(item for item in found(tmp_path, version(text)) if "v1" in item.file)
    assert problem.line == line
    assert said in problem.message
    assert cure in problem.hint


def test_a_live_version_names_the_model_that_was_gated(tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {"cuebook.toml": 'model = "openai/gpt-6-luna"\n'}
    (problem,) = found(tmp_path, files)
    assert (problem.file, problem.line, problem.severity) == ("prompts/qa/aliases.yml", 1, "error")
    assert "apps that ask for 'production' would get offline/rules" in problem.message
    assert problem.hint.startswith(
        'cuebook new qa -m "Ask openai/gpt-6-luna", then cuebook gate qa/2 && cuebook '
    )
    named = GOOD.replace("offline/rules", "openai/gpt-6-luna")
    other = [item for item in found(tmp_path / "b", files | {"prompts/qa/v2.prompt.yml": named}) if item.code]
    assert [item.hint for item in other] == ["cuebook gate qa/2 && cuebook promote qa/2"]
    tree = Folder(tmp_path)
    assert [item.severity for item in check.check(tree, tree)] == ["warning"]


def test_a_live_version_names_the_model_that_was_gated_where_another_is_tried(tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {
        "cuebook.toml": 'model = "openai/gpt-6-luna"\n',
        "prompts/qa/v2.prompt.yml": GOOD.replace("briefly", "at length"),
        "prompts/qa/aliases.yml": "staging: 2\nproduction: {use: 1, try: {2: 10}}\n",
    }
    told = [item.line for item in found(tmp_path, files) if item.file.endswith("aliases.yml")]
    assert told == [2]


INFO = '[model_info."openai/m-1"]\nretires = "2027-01-14"\n'


@pytest.mark.parametrize(
    ("today", "said"),
    [
        ("2026-10-15", []),
        ("2026-10-16", [("warning", "openai/m-1 is shut down on 2027-01-14, in 90 days")]),
        ("2027-01-13", [("warning", "openai/m-1 is shut down on 2027-01-14, in 1 day")]),
        ("2027-01-14", [("warning", "openai/m-1 is shut down on 2027-01-14, in 0 days")]),
        ("2027-01-15", [("error", "openai/m-1 was shut down on 2027-01-14")]),
        ("", []),
    ],
)
def test_a_model_that_is_shut_down_is_told_in_time(
    tmp_path: Path, today: str, said: list[tuple[str, str]]
) -> None:
    text = GOOD.replace("offline/rules", "openai/m-1")
    write(tmp_path, FILES | {"prompts/qa/v1.prompt.yml": text, "cuebook.toml": INFO})
    told = [item for item in check.check(Folder(tmp_path), today=today) if "shut down" in item.message]
    assert [(item.severity, item.message) for item in told] == said
    cure = "choose another model: cuebook migrate --from openai/m-1 --to PROVIDER/MODEL"
    assert all(item.hint == cure for item in told)
    again = check.check(Folder(tmp_path), Folder(tmp_path), today)
    assert all(item.severity == "warning" for item in again if "shut down" in item.message)


def test_a_draft_that_another_follows_may_have_a_model_that_is_gone(tmp_path: Path) -> None:
    """As the versions of a history that is imported do: nobody will ask them."""
    gone = GOOD.replace("model: offline/rules", "model: openai/m-1")
    write(tmp_path, {**FILES, "cuebook.toml": INFO, "prompts/qa/v2.prompt.yml": gone})
    write(tmp_path, {"prompts/qa/v3.prompt.yml": GOOD.replace("message: ", "message: Third. ")})
    drafts = ["prompts/qa/v2.prompt.yml", "prompts/qa/v3.prompt.yml"]
    told = check.check(Folder(tmp_path), today="2027-02-01", drafts=drafts)
    assert [item.severity for item in told if "shut down" in item.message] == ["warning"]


def test_a_judge_that_a_suite_pins_is_in_use(tmp_path: Path) -> None:
    suite = SUITE.replace("  - exact\n", "  - exact\n  - judge: {prompt: judge-tone/1, scale: [1, 5]}\n")
    old = JUDGE.replace("offline/judge", "openai/m-1")
    names = [f"prompts/judge-tone/v{number}.prompt.yml" for number in (1, 2)]
    files = {names[0]: old, names[1]: JUDGE + "author: a\n"}
    write(tmp_path, FILES | files | {"evals/qa/suite.yml": suite, "cuebook.toml": INFO})
    told = [item for item in check.check(Folder(tmp_path), today="2027-01-01") if "shut" in item.message]
    assert [(item.file, item.hint) for item in told] == [
        (names[0], 'choose another model: cuebook new judge-tone -m "Leave openai/m-1"')
    ]


def test_the_successor_of_a_model_is_named(tmp_path: Path) -> None:
    text = GOOD.replace("offline/rules", "openai/m-1")
    info = f'{INFO}successor = "openai/m-2"\n'
    write(tmp_path, FILES | {"prompts/qa/v1.prompt.yml": text, "cuebook.toml": info})
    told = [item for item in check.check(Folder(tmp_path), today="2027-01-01") if "shut" in item.message]
    move = "openai/m-2 takes its place: cuebook migrate --from openai/m-1 --to openai/m-2"
    assert [item.hint for item in told] == [move]
    draft = {"prompts/qa/v2.prompt.yml": text + "author: a\n", "prompts/qa/v1.prompt.yml": GOOD}
    write(tmp_path, draft)
    told = [item for item in check.check(Folder(tmp_path), today="2027-01-01") if "shut" in item.message]
    assert [item.hint for item in told] == [
        'openai/m-2 takes its place: cuebook new qa -m "Leave openai/m-1"'
    ]
    told = check.check(Folder(tmp_path), today="2027-01-01", drafts=["prompts/qa/v2.prompt.yml"])
    (cure,) = [item.hint for item in told if "shut" in item.message]
    assert cure == "openai/m-2 takes its place: write it in this line"


def test_a_broken_suite_does_not_make_its_judge_one_that_nobody_uses(tmp_path: Path) -> None:
    labels = '{"id": "a", "question": "q", "answer": "x", "label": 1}\n'
    files = {"prompts/grader/v1.prompt.yml": GOOD, "evals/grader/labels.jsonl": labels}
    said = [item.file for item in found(tmp_path / "whole", files) if "no suite uses" in item.message]
    assert said == ["prompts/grader"]
    broken = found(tmp_path / "broken", {**files, "evals/qa/suite.yml": "prompt: [qa\n"})
    assert not [item for item in broken if "no suite" in item.message]


def test_a_fragment_is_evaluated_where_it_is_included(tmp_path: Path) -> None:
    tone = {"prompts/tone/v1.prompt.yml": "message: m\nmodel: offline/rules\ntemplate: Be kind.\n"}
    said = "no suite evaluates this prompt"
    assert said in [item.message for item in found(tmp_path / "a", {**tone})]
    with_it = version(GOOD.replace("{{question}}", "{{question}} {{> tone/1}}"))
    assert said not in [item.message for item in found(tmp_path / "b", {**tone, **with_it})]
    live = {"prompts/tone/aliases.yml": "production: 1\n"}
    assert said in [item.message for item in found(tmp_path / "c", {**tone, **with_it, **live})]


@pytest.mark.parametrize(
    ("settings", "more"),
    [
        ("site_ur = 'https://example.org'\n", ["no toy is called 'toy/answrs'"]),
        ("zzz = 3\ntimeout = 'long'\n", ["no toy is called 'toy/answrs'"]),
        ("[endpoint.toys]\nbase_url = 'http://127.0.0.1:1/v1'\n", ["no toy is called 'toy/answrs'"]),
        ("[endpoints.toys]\nbase_ur = 'http://127.0.0.1:1/v1'\n", ["no toy is called 'toy/answrs'"]),
        ("[endpoints.toy]\nbase_ur = 'http://127.0.0.1:1/v1'\n", []),
        ("timeout = \n", ["no toy is called 'toy/answrs'"]),
        ("[endpoints.toy\n", []),
        ('[endpoints."t\\u006fy"\n', []),
    ],
)
def test_a_key_of_the_settings_that_is_wrong_hides_no_wrong_model(
    tmp_path: Path, settings: str, more: list[str]
) -> None:
    odd = checked.GOOD.replace("offline/rules", "toy/answrs")
    told = checked.found(tmp_path, {"prompts/qa/v1.prompt.yml": odd, "cuebook.toml": settings})
    assert any(item.file == "cuebook.toml" and item.severity == "error" for item in told)
    assert [item.message for item in told if item.file.startswith("prompts/")] == more


@pytest.mark.parametrize("settings", ["timeout = \n", "timeout = 1\ntimeout = 2\n", "[endpoints]\nx = 3\n"])
@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("opnai/gpt-4", ["no provider is called 'opnai'"]),
        ("offline/nothing", ["has no model 'offline/nothing'"]),
        ("offline/rules", []),
        ("corp/own", []),
        ("x/own", []),
    ],
)
def test_settings_that_cannot_be_read_hide_no_model_that_they_do_not_name(
    tmp_path: Path, settings: str, model: str, told: list[str]
) -> None:
    files = {
        "prompts/qa/v1.prompt.yml": GOOD.replace("offline/rules", model),
        "cuebook.toml": settings + "[endpoints.corp]\nbase_url = 'http://127.0.0.1:1/v1'\n[endpoints.x]\n",
    }
    problems = found(tmp_path, files)
    said = [
        item.message for item in problems if item.file.startswith("prompts/") and item.severity == "error"
    ]
    assert len(said) == len(told)
    assert all(part in line for part, line in zip(told, said, strict=True))
    assert any(item.file == "cuebook.toml" for item in problems)


@pytest.mark.parametrize(
    "settings",
    ["timeout = 'x'\n[plugins]\nhate = 'hate-plugin'\n", "[plugins]\nhate = 'hate-plugin'\n\n[limits\n"],
)
def test_broken_settings_still_say_what_installs_a_scorer(tmp_path: Path, settings: str) -> None:
    scored = SUITE.replace("scorers:", "scorers:\n  - hate")
    told = found(tmp_path, {"cuebook.toml": settings, "evals/qa/suite.yml": scored})
    assert any("hate-plugin" in item.hint for item in told), told


def test_a_version_that_is_refused_for_a_key_is_told_of_its_model_too(tmp_path: Path) -> None:
    odd = GOOD.replace("offline/rules", "toy/answrs").replace("message:", "mesage:")
    told = [item.message for item in found(tmp_path / "key", version(odd)) if item.severity == "error"]
    assert told == ["unknown key 'mesage'", "no toy is called 'toy/answrs'"]
    told = [item.message for item in found(tmp_path / "model", version("model: ''\nmessag: x\n"))]
    assert not any("no toy" in item or "no provider" in item for item in told)


FAULTY = GOOD.replace("offline/rules", "toy/answrs").replace("{{question}}", "{{question}} {{other}}")


@pytest.mark.parametrize(
    ("text", "more"),
    [
        (FAULTY.replace("message: First\n", "message: ''\n"), ["no toy is called", "fills {{other}}"]),
        (FAULTY + "modelParameters: {temperature: hot}\n", ["no toy is called", "fills {{other}}"]),
        (FAULTY.replace("model: toy/answrs", "model: gpt"), ["fills {{other}}"]),
        (FAULTY.replace("model: toy/answrs", "modle: gpt"), ["fills {{other}}"]),
        # What the inputs are nobody knows: one may have a default.
        (FAULTY + "inputs: []\n", ["no toy is called"]),
        (FAULTY + "inptus: {question: {}, other: {default: x}}\n", ["no toy is called"]),
        (FAULTY + "inputs: {question: {}}\n", ["no toy is called"]),
    ],
)
def test_one_refused_key_of_a_version_hides_no_other_fault_and_makes_none(
    tmp_path: Path, text: str, more: list[str]
) -> None:
    told = [item.message for item in found(tmp_path, version(text)) if item.severity == "error"]
    assert len(told) == 1 + len(more), told
    for words in more:
        assert any(words in item for item in told), told


def test_an_unused_judge_is_used_by_the_line_that_the_cure_shows(tmp_path: Path) -> None:
    label = '{"id": "a", "inputs": {"answer": "x", "reference": "y"}, "label": 1}\n'
    files: dict[str, str | bytes | None] = {
        "prompts/judge-tone/v1.prompt.yml": JUDGE,
        "evals/judge-tone/labels.jsonl": label,
    }
    (problem,) = (item for item in found(tmp_path, files) if item.code == "judge_unused")
    line, _, note = problem.hint.removeprefix("add it to the scorers of a suite: ").partition(", with keys")
    assert line == "- judge: {prompt: judge-tone/1, with: {reference: expectations.REFERENCE}}"
    assert note == " of its cases for REFERENCE"
    written = line.replace("REFERENCE", "answer").replace("}}", "}, scale: [1, 5]}")
    suite = {"evals/qa/suite.yml": SUITE.replace("  - exact\n", f"  - exact\n  {written}\n")}
    told = found(tmp_path / "b", files | suite)
    assert [item for item in told if item.severity == "error" or item.code == "judge_unused"] == []


def test_a_draft_that_repeats_its_cases_is_told_before_it_is_evaluated(tmp_path: Path) -> None:
    asked = "Which of your shops near the station opens on Sunday mornings?"
    cases = f'{{"id": "sunday", "inputs": {{"question": "{asked}"}}, "expectations": {{"answer": "None"}}}}\n'
    files: dict[str, str | bytes | None] = {
        "evals/qa/dataset.jsonl": cases,
        "prompts/qa/v2.prompt.yml": GOOD.replace("Answer briefly.", f'"{asked} None."'),
    }
    root = write(tmp_path / "now", FILES | files)
    before = Folder(write(tmp_path / "before", FILES | {"evals/qa/dataset.jsonl": cases}))
    assert not [item for item in check.check(Folder(root), Folder(root)) if item.code == "repeats_cases"]
    (told,) = [item for item in check.check(Folder(root), before) if item.code == "repeats_cases"]
    assert (told.file, told.severity) == ("prompts/qa/v2.prompt.yml", "warning")
    assert told.message == "the text repeats 1 case of evals/qa word for word: sunday"
    assert told.line > 0


@pytest.mark.parametrize(
    ("settings", "suite", "told"),
    [
        ('models = ["groq/*"]\n', SUITE, True),
        ('models = ["openai/*"]\n', SUITE, False),
        ("", SUITE, False),
        ('models = ["groq/*"]\n', SUITE + "models: [groq/m]\n", False),
    ],
)
def test_a_model_that_the_settings_leave_out_is_told_before_the_gate_stops(
    tmp_path: Path, settings: str, suite: str, told: bool
) -> None:
    text = GOOD.replace("offline/rules", "openai/gpt-6-luna")
    files = version(text) | {"cuebook.toml": settings, "evals/qa/suite.yml": suite}
    said = [item for item in found(tmp_path, files) if item.code == "model_not_allowed"]
    assert [(item.file, item.line, item.severity) for item in said] == (
        [("prompts/qa/v1.prompt.yml", 2, "warning")] if told else []
    )
    assert all('models = ["groq/*", "openai/gpt-6-luna"]' in item.hint for item in said)


@pytest.mark.parametrize(
    ("created", "severities"),
    [
        ("2026-11-30", []),
        ("2026-12-01T23:30:00Z", []),
        ("2026-12-02", []),  # the day has begun in Auckland
        ("2026-12-02T09:30:00", []),
        ("2026-12-02T00:30:00+02:00", []),
        ("2026-12-03", ["error"]),
        ("9999-12-01T00:00:00Z", ["error"]),
        ("long ago", []),
    ],
)
def test_no_version_comes_from_a_day_that_has_not_come(
    registry: Path, created: str, severities: list[str]
) -> None:
    """Events and pages go by it, so that it would hide what happens from then on."""
    path = "prompts/qa/v2.prompt.yml"
    write(registry, {path: f"created: '{created}'\n{QA[path]}"})
    tree, code = Folder(registry), "created_later"
    told = [item for item in check.check(tree, today="2026-12-01") if item.code == code]
    assert [(item.file, item.line) for item in told] == [(path, 1)] * len(severities)
    assert [item.severity for item in told] == severities
    # What was there before is warned of.
    again = [item.severity for item in check.check(tree, tree, "2026-12-01") if item.code == code]
    assert again == ["warning"] * len(severities)
