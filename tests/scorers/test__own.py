from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from build import case, comparison, suite, version
from cuebook import scorers
from cuebook.core import limited
from cuebook.core.errors import InvalidFiles, UsageError
from cuebook.gate.runner import run
from cuebook.scorers import Context, UnsteadyScorer, _own
from cuebook.scorers._own import OwnScorer, load, read_own
from cuebook.shapes.run import Failure, ModelCall, ModelReply, Score, ScorerSpec

POLITE = '''"""Whether the answer thanks the customer."""
from cuebook.scorers import Context, NoParameters, measured, scorer


class Parameters(NoParameters):
    word: str = "thank"


@scorer(Parameters)
def score(context: Context, parameters: Parameters):
    return measured(float(parameters.word in context.answer.casefold()), "looked for the word")
'''
PATH = "evals/_scorers/polite.py"
HEAD = "from cuebook.scorers import NoParameters, measured, scorer\n"


@dataclass
class Files:
    """A tree of these files."""

    files: dict[str, str] = field(default_factory=dict)

    def paths(self, prefix: str = "") -> list[str]:
        return sorted(path for path in self.files if path.startswith(prefix))

    def read(self, path: str) -> bytes | None:
        return self.files[path].encode() if path in self.files else None

    def is_link(self, path: str) -> bool:
        return False


def tree(text: str = POLITE, path: str = PATH, **more: str) -> Files:
    return Files({"cuebook.toml": f'scorers = ["{path}"]\n', path: text, **more})


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
    assert scorers.sources()["polite"].startswith(f"{PATH} sha256:")


def test_what_was_offered_last_counts_and_its_bytes_are_in_the_evidence() -> None:
    scorers.offer(tree())
    before = scorers.plugin_of("polite")
    scorers.find("polite")
    scorers.offer(tree(POLITE.replace('"thank"', '"bye"')))
    assert scorers.find("polite").parameters().word == "bye"  # type: ignore[attr-defined]
    assert scorers.plugin_of("polite") != before
    scorers.offer(Files())
    with pytest.raises(UsageError, match="no scorer is called 'polite'"):
        scorers.find("polite")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import helpers", "'helpers' is neither in the standard library nor in an installed package"),
        ("from . import helpers", "'.' is neither"),
        ("from .helpers import x", "'.helpers' is neither"),
        ("def f():\n    import evals", "'evals' is neither"),
        ("x = (", "not Python"),
        ("x = 1", "the file has no function 'score'"),
        ("x" * (1 << 21), "the limit is"),
        ("x = '\0'", "NUL"),
        ("(" * 1_000, "not Python"),
    ],
)
def test_what_is_wrong_of_a_file_is_seen_without_running_it(text: str, said: str) -> None:
    _, problems = read_own(tree(text))
    assert any(said in item.message for item in problems), problems


def test_a_file_is_one_scorer_of_a_name_of_its_own() -> None:
    for path, said in (
        ("evals/_scorers/exact.py", "already a scorer of Cuebook"),
        ("evals/_scorers/Polite.py", "is no name for a scorer"),
    ):
        (found,) = scorers.own_problems(tree(path=path))
        assert said in found.message
    twice = Files({"cuebook.toml": f'scorers = ["{PATH}", "other/polite.py"]\n', PATH: POLITE})
    twice.files["other/polite.py"] = POLITE
    (found,) = scorers.own_problems(twice)
    assert (found.file, PATH in found.message) == ("other/polite.py", True)
    (found,) = scorers.own_problems(Files({"cuebook.toml": f'scorers = ["{PATH}"]\n'}))
    assert "there is no such file" in found.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{HEAD}def score(context, parameters): return 1", "'score' is no scorer"),
        ("raise RuntimeError('no luck')\ndef score(): ...", "RuntimeError: no luck"),
        ("raise SystemExit(0)\ndef score(): ...", "cannot be loaded: SystemExit: 0"),
    ],
)
def test_a_file_that_cannot_be_loaded_says_why(text: str, said: str) -> None:
    with pytest.raises(InvalidFiles, match=said):
        scored(text)


def body(text: str) -> str:
    return f"{HEAD}@scorer(NoParameters)\ndef score(context, parameters):\n    {text}\n"


def test_one_that_would_end_the_process_has_failed_at_once() -> None:
    with pytest.raises(UsageError, match="asked to end"):
        scored(body("raise SystemExit(0)"))


def test_it_is_loaded_without_the_working_folder_among_the_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend("")
    before = list(sys.path)
    text = "import sys\nPATHS = list(sys.path)\n" + body("return measured(0.5 + 0.5 * ('' in PATHS))")
    assert scored(text).value == 0.5
    assert sys.path == before


def test_what_takes_too_long_is_stopped_and_given_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_own, "SECONDS", 0.02)
    ends = "import threading\nWAIT = threading.Event()\n" + body("WAIT.wait(); return measured(1)")
    slow = load(OwnScorer("slow", "slow.py", ends.encode()))
    said = []
    for _ in range(limited.TRIES + 1):
        with pytest.raises(limited.OverBudget) as found:
            slow.function(context("x"), slow.parameters())
        said.append(str(found.value))
    sys.modules["cuebook_local.slow"].WAIT.set()
    assert said == ["not ended after 0.02 seconds"] * limited.TRIES + [
        "not tried: it was over its budget 3 times"
    ]


def test_one_that_says_something_else_of_the_same_answer_is_an_error() -> None:
    luck = "import itertools\nN = itertools.count()\n" + body("return measured(next(N) % 2)")
    with pytest.raises(UnsteadyScorer, match="the answer to case-000 got"):
        scored(luck)


def test_an_exception_and_what_is_no_score_are_raised_where_the_runner_makes_them_failed_scores() -> None:
    with pytest.raises(ZeroDivisionError):
        scored(body("return measured(1 / 0)"))
    with pytest.raises(UsageError, match="returned int and no score"):
        scored(body("return 1"))


def test_the_surface_that_own_scorers_may_use_is_this() -> None:
    stable = {"Context", "NoParameters", "Score", "Scorer", "scorer", "judge_scorer", "measured"}
    stable |= {"not_applicable", "failed", "expectation"}
    assert stable <= set(scorers.__all__)
    assert all(hasattr(scorers, name) for name in stable)


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
