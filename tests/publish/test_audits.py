from __future__ import annotations

import json

import pytest

from cuebook.core.files import FixedTree
from cuebook.judging.draw import drawn
from cuebook.publish.audits import audits_of
from cuebook.registry.reader import Registry
from cuebook.shapes.judge_state import JudgeState
from cuebook.shapes.verdict import Verdict
from verdicts import answer, case, verdict

JUDGE = "judge-correctness/2"


def compared(*, scale: tuple[float, float] | None = (1, 5)) -> Verdict:
    state = JudgeState(label=JUDGE, ref=JUDGE, digest="d", scale=scale)
    cases = [case(f"c{n}", "same", answer(f"old {n}", 0.5), answer(f"new {n}", 0.75)) for n in range(40)]
    return verdict("pass", cases=cases, judges=[state])


def registry(found: Verdict, count: int) -> Registry:
    """A registry in which somebody labelled the first answers, all of them alike."""
    lines = [
        {"id": one.id, "inputs": {"answer": one.answer.said}, "label": 3, "of": one.of(found)}
        for one in drawn(found, JUDGE)[:count]
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    return Registry(FixedTree({"evals/judge-correctness/labels/ada.jsonl": text.encode()}))


def test_labels_of_a_verdicts_answers_are_an_audit_to_be_published() -> None:
    found = compared()
    (audit,) = audits_of(registry(found, 80), found)
    assert (audit.label, audit.ref, audit.pairs, audit.graded) == (JUDGE, JUDGE, 40, 40)
    assert audit.judge == pytest.approx(0.25)
    assert audit.alone.estimate == 0
    assert audit.is_draw


def test_too_few_labels_or_none_of_these_answers_are_nothing() -> None:
    found = compared()
    assert audits_of(registry(found, 20), found) == []
    assert audits_of(Registry(FixedTree({})), found) == []
    other = found.model_copy(update={"suite": "other"})
    assert audits_of(registry(other, 80), found) == []
    unscaled = compared(scale=None)
    assert audits_of(registry(unscaled, 80), unscaled) == []


def test_labels_of_answers_under_a_former_name_count() -> None:
    then = compared()
    now = then.model_copy(update={"prompt": "ask", "suite": "ask"})
    tree = registry(then, 80).tree
    files = {path: tree.read(path) or b"" for path in tree.paths()}
    meta = f"title: Ask\nformerly: [{then.prompt}]\n".encode()
    renamed = Registry(FixedTree({**files, "prompts/ask/meta.yml": meta}))
    (audit,) = audits_of(renamed, now)
    assert audit.graded == 40
    assert audits_of(Registry(FixedTree(files)), now) == []
