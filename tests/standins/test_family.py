"""Rules that every skill keeps, and the choice between them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cuebook_standins
from cuebook_standins import Said, Task
from cuebook_standins._task import read_task

SKILLS = sorted(path.stem for path in Path(cuebook_standins.__file__).parent.glob("[!_]*.py"))
ROLE = st.sampled_from(["system", "user", "assistant"])
TEXT = st.text(max_size=200) | st.sampled_from(
    [
        "",
        "<context>\n</context>",
        "Question: ",
        "<a>" * 50,
        "Answer in JSON.",
        "Labels: a, b",
        "Score: 1 to 5",
        "\0",
    ]
)
MESSAGES = st.lists(st.fixed_dictionaries({"role": ROLE, "content": TEXT}), max_size=4)
SCHEMA = st.none() | st.sampled_from(
    [
        {},
        {"type": "object", "properties": {"reason": {"type": "string"}, "score": {"type": "integer"}}},
        {"type": "object", "properties": {"label": {"enum": ["a", "b"]}}},
        {"type": "object", "properties": "no mapping"},
        {"type": "array"},
    ]
)


def user(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


@pytest.mark.parametrize("name", SKILLS)
def test_a_skill_keeps_the_contract_and_has_a_test(name: str) -> None:
    skill: Any = cuebook_standins.skills()[name]
    assert skill.MODEL in {"offline/rules", "offline/judge"}
    assert skill.__doc__
    assert (Path(__file__).parent / f"test_{name}.py").is_file()


@pytest.mark.parametrize("name", SKILLS)
@settings(max_examples=60, deadline=None)
@given(messages=MESSAGES, schema=SCHEMA)
def test_a_skill_answers_anything_and_always_alike(
    name: str, messages: list[dict[str, str]], schema: dict[str, Any] | None
) -> None:
    skill = cuebook_standins.skills()[name]
    task = read_task(messages, schema)
    assert 0 <= skill.fits(task) <= 1
    assert isinstance(skill.answer(task), str | Said)
    assert skill.answer(task) == skill.answer(read_task(messages, schema))


def _skill(model: str, sure: float, text: str) -> Any:
    def fits(task: Task) -> float:
        return sure if "please" in task.folded else 0.0

    return SimpleNamespace(MODEL=model, fits=fits, answer=lambda task: text)


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> None:
    made = {
        "low": _skill("offline/rules", 0.4, "low"),
        "high": _skill("offline/rules", 0.6, "high"),
        "high_too": _skill("offline/rules", 0.6, "high too"),
        "other": _skill("offline/judge", 0.9, "other"),
    }
    monkeypatch.setattr(cuebook_standins, "skills", lambda: made)


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("model", "text", "answer"),
    [
        ("offline/rules", "please", "high"),
        ("offline/judge", "please", "other"),
        ("offline/rules", "now", cuebook_standins.REFUSAL),
        ("offline/none", "please", cuebook_standins.REFUSAL),
    ],
)
def test_the_skill_of_the_model_that_fits_best_answers(model: str, text: str, answer: str) -> None:
    assert cuebook_standins.reply(model, user(text)) == answer


@pytest.mark.usefixtures("three")
def test_no_message_is_refused_in_words() -> None:
    assert cuebook_standins.reply("offline/rules", []) == cuebook_standins.REFUSAL


@pytest.mark.usefixtures("three")
def test_models_are_those_that_have_a_skill() -> None:
    assert cuebook_standins.models() == ["offline/judge", "offline/rules"]


def test_the_fingerprint_follows_the_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "skill.py").write_text("one")
    monkeypatch.setattr(cuebook_standins, "__path__", [str(tmp_path)])
    before = cuebook_standins.fingerprint.__wrapped__()
    assert before == cuebook_standins.fingerprint.__wrapped__()
    (tmp_path / "skill.py").write_text("two")
    assert cuebook_standins.fingerprint.__wrapped__() != before
