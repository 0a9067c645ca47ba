from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from build import case, comparison, suite
from cuebook import scorers
from cuebook.core.errors import UsageError
from cuebook.core.tool_calls import ToolCall
from cuebook.publish.local_verdicts import moved
from cuebook.scorers import Asked, NoParameters, Score, Scorer, built_in, find, measured, names
from cuebook.shapes.cause import StaleInput
from cuebook.shapes.run import ModelReply
from cuebook.shapes.suite import ScorerSpec
from plugged import installed
from scoring import context, grade

FOLDER = Path(__file__).parent


def test_the_family_is_the_folder() -> None:
    assert {"exact", "judge", "judge_pairwise", "sql_result"} <= set(names())
    assert not [name for name in names() if name.startswith("_")]


@pytest.mark.parametrize("name", built_in())
def test_member_keeps_the_contract(name: str) -> None:
    member = find(name)
    module = sys.modules[f"cuebook.scorers.{name}"]
    assert isinstance(member, Scorer)
    assert module.score is member
    assert member.name == name
    assert member.version >= 1
    assert member.parameters is module.Parameters
    assert member.summary == member.summary.strip() != ""
    assert len(member.summary) <= 110
    assert member.function.__doc__
    assert member.parameters.__doc__


@pytest.mark.parametrize("name", built_in())
def test_member_has_a_test_file(name: str) -> None:
    assert (FOLDER / f"test_{name}.py").is_file()


@pytest.mark.parametrize("name", built_in())
def test_unknown_settings_are_refused(name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        find(name).parameters.model_validate({"no_such_setting": 1})
    assert "extra_forbidden" in {error["type"] for error in refused.value.errors()}


@pytest.mark.parametrize("name", built_in())
def test_settings_are_never_coerced(name: str) -> None:
    assert find(name).parameters.model_config["extra"] == "forbid"
    assert find(name).parameters.model_config["frozen"]
    assert find(name).parameters.model_config["strict"]
    assert find(name).parameters.model_config["allow_inf_nan"] is False


@pytest.mark.parametrize("name", built_in())
def test_a_member_says_what_it_looks_at(name: str) -> None:
    assert find(name).needs_model or find(name).sees != "answer"


CALLS = (ToolCall.of("c1", "lookup_order", "{}"),)


@pytest.mark.parametrize(
    ("name", "expected", "settings"),
    [
        ("exact", "yes", {}),
        ("contains", "no", {"absent": True}),
        ("numeric_close", 3, {}),
        ("length", None, {"max_words": 5}),
        ("json_schema", None, {"schema": {"type": "object"}}),
    ],
)
def test_calls_without_a_text_are_no_text(name: str, expected: object, settings: dict[str, object]) -> None:
    given = {"reply": ModelReply("", "m", tool_calls=CALLS)}
    result = grade(name, "", {"answer": expected}, given=given, **settings)
    assert (result.value, result.passed) == (0, False)
    assert result.reason == "the answer is a call of lookup_order, not a text"


def test_a_text_beside_calls_is_scored_and_what_measures_nothing_goes_on_to() -> None:
    both = {"reply": ModelReply("yes", "m", tool_calls=CALLS * 2)}
    assert grade("exact", "", {"answer": "yes"}, given=both).value == 1
    none = {"reply": ModelReply("", "m", tool_calls=CALLS)}
    assert grade("exact", "", {}, given=none).state == "not_applicable"
    assert grade("latency", "", {}, given=none, max_seconds=5.0).value == 1


SHORT = ["exact", "contains", "regex", "json_schema", "json_fields", "numeric_close", "label", "token_f1"]


@pytest.mark.parametrize("name", [*SHORT, "latency", "cost"])
def test_the_short_form_works(name: str) -> None:
    find(name).parameters.model_validate({})


def test_traits() -> None:
    asking = {name for name in names() if find(name).needs_model}
    assert asking == {"judge", "judge_pairwise"}
    assert {name for name in names() if find(name).paired} == {"judge_pairwise"}


@pytest.mark.parametrize("value", [7, 1.01, float("inf"), -2])
def test_a_score_beyond_the_scale_is_an_error_and_not_the_best_there_is(value: float) -> None:
    with pytest.raises(ValueError, match="a score is from 0 to 1, not"):
        measured(value)
    assert measured(1 + 1e-12).value == 1
    assert measured(1.0000002384185791).value == 1  # a cosine of vectors in single precision


def test_a_cosine_of_nothing_alike_may_be_a_little_below_zero() -> None:
    member = Scorer("own", 1, NoParameters, False, False, lambda *_: measured(-1.2e-7))
    assert ended(member.score(context("x"), NoParameters())).value == 0


@pytest.mark.parametrize("paired", [False, True])
def test_below_zero_is_for_scorers_that_compare(*, paired: bool) -> None:
    """Two scores that may be negative differ by more than the tests can bound, which would end the gate."""

    def decides(*_: object) -> Score:
        return measured(-0.5)

    def asks(*_: object) -> Asked:
        yield []
        return measured(-0.5)

    for function in (decides, asks):
        member = Scorer("own", 1, NoParameters, function is asks, paired, function)
        if paired:
            assert ended(member.score(context("x"), NoParameters())).value == -0.5
        else:
            with pytest.raises(ValueError, match=r"from 0 to 1, not -0\.5"):
                ended(member.score(context("x"), NoParameters()))


def ended(said: Score | Asked) -> Score:
    """The score of a scoring whose calls get no reply."""
    while not isinstance(said, Score):
        try:
            said.send(None)  # type: ignore[arg-type]
        except StopIteration as stop:
            said = stop.value
    return said


def test_an_unknown_scorer_names_the_nearest() -> None:
    with pytest.raises(UsageError) as unknown:
        find("exactly")
    assert "exact" in unknown.value.hint


ACME = {
    "acme-scorers": "0.3",
    "cuebook.scorers": "shouts = acme_scorers:score\nexact = acme_scorers:score",
    "acme_scorers.py": (
        '"""Whether the answer is in capitals."""\n'
        "from cuebook.scorers import Context, NoParameters, Score, measured, scorer\n"
        "@scorer(NoParameters, version=4)\n"
        "def score(context: Context, parameters: NoParameters) -> Score:\n"
        "    return measured(float(context.answer.isupper()), 'capitals')\n"
    ),
}


def test_a_plug_in_adds_a_scorer_and_cannot_take_a_name_of_ours(tmp_path: Path) -> None:
    with installed(tmp_path, ACME):
        found = scorers.find("shouts")
        assert (found.name, found.version) == ("shouts", 4)
        assert found.summary == "Whether the answer is in capitals."
        assert "shouts" in scorers.names()
        assert scorers.exists("shouts")
        assert scorers.plugin_of("shouts") == "acme-scorers 0.3"
        assert scorers.find("exact").version != 4
        assert scorers.plugin_of("exact") == ""
    assert not scorers.exists("shouts")
    with pytest.raises(UsageError, match="no scorer is called 'shouts'"):
        scorers.find("shouts")


def test_the_evidence_names_the_plug_ins_that_took_part(tmp_path: Path) -> None:
    spec = ScorerSpec("shouts", "shouts", {})
    of = comparison(suite([case(0)], scorers=(spec,)))
    with installed(tmp_path, ACME):
        then = of.digests()
        assert then.plugins == {"shouts": "acme-scorers 0.3"}
        assert "shouts 4" in then.tool
    with installed(tmp_path / "later", ACME | {"acme-scorers": "0.4"}):
        assert moved(then, of.digests()) == [StaleInput("plugin", "shouts")]
