"""Scorers of a repository's own, run: what comes back, and what they cannot do to who runs them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from build import case, comparison, suite, version, write
from cuebook import scorers
from cuebook.core import limited
from cuebook.core.errors import InvalidFiles, UsageError
from cuebook.core.files import FixedTree
from cuebook.gate.runner import run
from cuebook.scorers import Context, UnsteadyScorer, _apart
from cuebook.scorers._apart import load
from cuebook.scorers._own import OwnScorer
from cuebook.shapes.run import Failure, ModelCall, ModelReply, Score
from cuebook.shapes.suite import ScorerSpec
from scoring import POLITE, POLITE_PATH

HEAD = "from cuebook.scorers import NoParameters, measured, scorer\n"


def tree(text: str = POLITE, path: str = POLITE_PATH) -> FixedTree:
    """A tree whose settings name one scorer."""
    return FixedTree({"cuebook.toml": f'scorers = ["{path}"]\n'.encode(), path: text.encode()})


def context(text: str) -> Context:
    return Context(case(0), version(1), ModelReply(text, "scripted"))


def scored(text: str, answer: str = "x") -> Score:
    found = load(OwnScorer("own", "evals/_scorers/own.py", text.encode()))
    said = found.function(context(answer), found.parameters())
    assert isinstance(said, Score)
    return said


@pytest.fixture(autouse=True)
def no_failure_is_remembered() -> Iterator[None]:
    limited._failures.clear()
    yield
    limited._failures.clear()


def test_the_settings_add_a_scorer_and_a_suite_may_set_its_parameters() -> None:
    scorers.offer(tree())
    found = scorers.find("polite")
    assert (found.name, found.summary) == ("polite", "Whether the answer thanks the customer.")
    assert found.function(context("Thank you"), found.parameters()) == Score(
        "measured", 1.0, True, "looked for the word"
    )
    other = found.parameters.model_validate({"word": "please"})
    assert found.function(context("Thank you"), other).value == 0  # type: ignore[union-attr]
    assert scorers.sources()["polite"].startswith(f"{POLITE_PATH} sha256:")


def test_what_was_offered_last_counts_and_its_bytes_are_in_the_evidence() -> None:
    scorers.offer(tree())
    before = scorers.plugin_of("polite")
    scorers.find("polite")
    scorers.offer(tree(POLITE.replace('"thank"', '"bye"')))
    assert scorers.find("polite").parameters().word == "bye"  # type: ignore[attr-defined]
    assert scorers.plugin_of("polite") != before
    scorers.offer(FixedTree({}))
    with pytest.raises(UsageError, match="no scorer is called 'polite'"):
        scorers.find("polite")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{HEAD}def score(context, parameters): return 1", "'score' is not a scorer"),
        ("raise RuntimeError('no luck')\ndef score(): ...", "RuntimeError: no luck"),
        ("raise SystemExit(0)\ndef score(): ...", "cannot be loaded: SystemExit: 0"),
    ],
)
def test_a_file_that_cannot_be_loaded_says_why(text: str, said: str) -> None:
    with pytest.raises(InvalidFiles, match=said):
        scored(text)


def body(text: str) -> str:
    return f"{HEAD}@scorer(NoParameters)\ndef score(context, parameters):\n    {text}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import os; os._exit(0)", r"its process ended \(exit code 0\)"),
        ("import os; os.kill(os.getpid(), 9)", r"its process ended \(exit code -9\)"),
        ("import os; os.write(1, b'x'); return measured(1)", ""),
        ("print('{}'); return measured(1)", ""),
    ],
)
def test_it_cannot_end_who_runs_it_nor_speak_for_its_process(text: str, said: str) -> None:
    if not said:
        assert scored(body(text)).value == 1
        return
    with pytest.raises(limited.OverBudget, match=said):
        scored(body(text))


def test_one_that_ends_when_it_is_loaded_is_told_of() -> None:
    with pytest.raises(InvalidFiles, match=r"cannot be loaded: its process ended \(exit code 0\)"):
        scored("import os\nos._exit(0)\ndef score(): ...")


def test_no_key_and_nothing_of_the_working_folder_is_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    there = f"{str(tmp_path)!r} in sys.path or '' in sys.path or 'OPENAI_API_KEY' in os.environ"
    assert scored(f"import os, sys\nTHERE = {there}\n" + body("return measured(float(THERE))")).value == 0


def test_it_sees_what_ours_see_and_what_is_wrong_of_its_settings_is_told_alike() -> None:
    text = "return measured(float(context.files['a'] == b'x' and context.rival.text == 'y'))"
    found = load(OwnScorer("own", "own.py", body(text).encode()))
    whole = Context(case(0), version(1), ModelReply("x", "m"), {"a": b"x"}, ModelReply("y", "m"))
    for files, value in (({"a": b"x"}, 1.0), ({"a": b"z"}, 0.0)):
        said = found.function(replace(whole, files=files), found.parameters())
        assert isinstance(said, Score)
        assert said.value == value
    scorers.offer(tree())
    for given, kind in (({"word": 7}, "string_type"), ({"wrod": "x"}, "extra_forbidden")):
        with pytest.raises(ValidationError) as wrong:
            scorers.find("polite").parameters.model_validate(given)
        assert [item["type"] for item in wrong.value.errors()] == [kind]
    assert list(scorers.find("polite").parameters.model_fields) == ["word"]


def test_what_takes_too_long_is_stopped_and_given_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_apart, "SECONDS", 0.02)
    ends = "import threading\nWAIT = threading.Event()\n" + body("WAIT.wait(); return measured(1)")
    slow = load(OwnScorer("slow", "slow.py", ends.encode()))
    said = []
    for _ in range(limited.TRIES + 1):
        with pytest.raises(limited.OverBudget) as found:
            slow.function(context("x"), slow.parameters())
        said.append(str(found.value))
    assert said == ["not ended after 0.02 seconds"] * limited.TRIES + [
        "not tried: it was over its budget 3 times"
    ]


def test_one_that_says_something_else_of_the_same_answer_is_an_error() -> None:
    luck = "import itertools\nN = itertools.count()\n" + body("return measured(next(N) % 2)")
    with pytest.raises(UnsteadyScorer, match="the answer to case-000 got"):
        scored(luck)


def test_an_exception_and_what_is_no_score_are_raised_where_the_runner_makes_them_failed_scores() -> None:
    with pytest.raises(Exception, match="division by zero") as found:
        scored(body("return measured(1 / 0)"))
    assert type(found.value).__name__ == "ZeroDivisionError"
    with pytest.raises(UsageError, match="returned int and no score"):
        scored(body("return 1"))


ASKS = '''"""What a model says of the answer."""
from cuebook.models import ModelCall, ModelReply
from cuebook.scorers import NoParameters, failed, judge_scorer, measured


@judge_scorer(NoParameters)
def score(context, parameters):
    message = {"role": "user", "content": f"Is this polite? {context.answer}"}
    (reply,) = yield [ModelCall("scripted/judge", (message,))]
    if not isinstance(reply, ModelReply):
        return failed("no reply")
    return measured(float(reply.text == "yes"), "asked")
'''


class Desk:
    """An engine whose judge says yes, and whose other model says thanks."""

    async def ask_all(self, calls: Sequence[ModelCall]) -> list[ModelReply | Failure]:
        return [ModelReply("yes" if call.model.endswith("judge") else "thanks", call.model) for call in calls]

    def deterministic(self, model: str) -> bool:
        return True


def test_one_that_asks_a_model_yields_its_calls_like_ours() -> None:
    scorers.offer(tree(ASKS, "evals/_scorers/asks.py"))
    of = comparison(suite([case(0)], scorers=(ScorerSpec("asks", "asks", {}),), gate={"metrics": {}}))
    (done,) = asyncio.run(run(of, Desk())).cases
    found = done.candidate[0].scores["asks"]
    assert (found.value, found.served) == (1.0, ("scripted/judge",))


def test_a_gate_does_not_end_with_0_where_its_scorer_does(cli: Callable[..., Any], registry: Path) -> None:
    rules = "prompt: qa\nscorers: [own]\ngate:\n  metrics:\n    own: {margin: 0.1, floor: 0.5}\n"
    write(
        registry,
        {
            "cuebook.toml": 'scorers = ["evals/_scorers/own.py"]\n',
            "evals/_scorers/own.py": body("import os; os._exit(0)"),
            "evals/qa/suite.yml": rules,
        },
    )
    ended = cli(registry, "gate", "qa/2", "--format", "json")
    assert ended.code == 3, ended.err
    (verdict,) = json.loads(ended.out)
    assert verdict["outcome"] == "inconclusive"
    score = verdict["cases"][0]["candidate"]["scores"]["own"]
    assert "its process ended (exit code 0)" in score["reason"] or "not tried" in score["reason"]


def test_settings_whose_check_ends_the_process_are_told_of() -> None:
    text = POLITE.replace(
        '    word: str = "thank"', "    def model_post_init(self, _): __import__('os')._exit(0)"
    )
    found = load(OwnScorer("own", "own.py", text.encode()))
    with pytest.raises(InvalidFiles, match="its settings cannot be checked: its process ended"):
        found.parameters()
