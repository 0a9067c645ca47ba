from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from claims import CHECKED, FORGED, HEAD, NEEDS, NOTHING, RUN, WORDS, a_claim, claimed
from cuebook.github.comment import EarlierComment, ReportedChange, RunStatus, announce, read_past
from cuebook.github.run_report import Claim, Wording
from cuebook.reports.markdown import MARKER
from cuebook.shapes.cause import Nothing
from verdicts import ATTACKS, FAIL, INCONCLUSIVE, check_golden, commands, controls, hostile_verdicts, verdict

OTHER = "b" * 40
SUBJECT = ReportedChange(HEAD, 7)
GOLDEN = Path(__file__).parent / "golden"
BAD_STATES = ["", "!!!", "e30=", "W10=", "////"]


@pytest.mark.parametrize(
    ("told", "subject", "conclusion", "line"),
    [
        ([CHECKED, claimed()], SUBJECT, "success", "qa-assistant/6 on qa-assistant: pass"),
        (
            [CHECKED, claimed(verdicts=[FAIL], exit_code=1)],
            SUBJECT,
            "failure",
            "qa-assistant/6 on qa-assistant: fail",
        ),
        (
            [CHECKED, claimed(verdicts=[INCONCLUSIVE])],
            SUBJECT,
            "neutral",
            "qa-assistant/6 on qa-assistant: inconclusive",
        ),
        (
            [CHECKED, NOTHING],
            SUBJECT,
            "neutral",
            "nothing to evaluate",
        ),
        ([CHECKED, RunStatus("gate", "running", RUN)], SUBJECT, None, "running: gate; no verdict yet"),
        ([CHECKED, RunStatus("gate", "waiting", RUN)], SUBJECT, None, "running: gate; no verdict yet"),
        ([RunStatus("check", "running"), claimed()], SUBJECT, None, "running: check; no verdict yet"),
        (
            [CHECKED, FORGED],
            SUBJECT,
            "failure",
            "fail: no report of gate",
        ),
        ([CHECKED, RunStatus("gate", "silent", RUN)], SUBJECT, "failure", "fail: no report of gate"),
        ([CHECKED, RunStatus("gate", "cancelled", RUN)], SUBJECT, "neutral", "nothing to evaluate"),
        (
            [claimed("check", verdicts=[], exit_code=1, problems=["a.yml:1: error: no"]), claimed()],
            SUBJECT,
            "failure",
            "fail: 1 problem in the files",
        ),
        (
            [
                CHECKED,
                claimed(verdicts=[], exit_code=4, stop={"message": "qa/3: refused", "hint": "try it"}),
            ],
            SUBJECT,
            "failure",
            "not evaluated: qa/3: refused try it",
        ),
        ([], SUBJECT, "neutral", "nothing was evaluated"),
    ],
)
def test_what_is_concluded(
    told: list[RunStatus], subject: ReportedChange, conclusion: str | None, line: str
) -> None:
    said = announce(told, subject)
    assert (said.conclusion, said.line) == (conclusion, line)
    assert said.body(EarlierComment()).startswith(MARKER)


@pytest.mark.parametrize(
    "subject",
    [
        ReportedChange(HEAD, 7, from_fork=True),
        ReportedChange(HEAD, 7, guarded=(".github/workflows/gate.yml",)),
    ],
)
def test_a_claim_that_the_change_could_forge_is_never_a_success(subject: ReportedChange) -> None:
    assert announce([CHECKED, claimed()], subject).conclusion == "neutral"
    failing = claimed(exit_code=1, verdicts=[FAIL])
    assert announce([CHECKED, failing], subject).conclusion == "failure"


def test_a_rehearsal_alone_is_never_a_success() -> None:
    said = announce(
        [claimed("check"), RunStatus("gate", "skipped", RUN)], ReportedChange(HEAD, 7, from_fork=True)
    )
    assert said.conclusion == "neutral"
    assert "gate-fork" in said.text.replace("\\", "")
    assert f"pull request 7, commit `{HEAD}`" in said.text


def test_the_first_line_is_the_verdict_and_the_next_action() -> None:
    body = announce([CHECKED, claimed(verdicts=[FAIL], exit_code=1)], SUBJECT).body(EarlierComment())
    first = body.splitlines()[2]
    assert first.startswith("**❌ fail: qa\\-assistant/6")
    assert "**Next:**" in first
    assert announce([CHECKED, NOTHING], SUBJECT).text.startswith("⚪ **Nothing to evaluate")
    assert announce([], SUBJECT).text.startswith("⚪ **nothing was evaluated.**")


def test_earlier_verdicts_are_kept_folded() -> None:
    first = announce([claimed(verdicts=[FAIL], exit_code=1)], ReportedChange(OTHER, 7)).body(EarlierComment())
    again = announce([claimed()], ReportedChange(OTHER, 7)).body(read_past(first))
    assert "Earlier" not in again
    later = announce([claimed()], SUBJECT).body(read_past(first))
    assert later.endswith(
        "<details>\n<summary>Earlier: 1</summary>\n\n"
        "* bbbbbbbbbbbb qa\\-assistant/6 on qa\\-assistant\\: fail\n\n</details>\n"
    )
    assert read_past(later).earlier == (("b" * 12, "qa-assistant/6 on qa-assistant: fail"),)
    body = later
    for n in range(15):
        body = announce([claimed()], ReportedChange(f"{n:02x}" * 20, 7)).body(read_past(body))
    assert len(read_past(body).earlier) == 10


def test_no_line_of_a_run_is_left_out_in_silence() -> None:
    lines = [f"new override: overrides/a-{n}.yml" for n in range(41)]
    body = announce([CHECKED, claimed(lines=lines)], SUBJECT).body(EarlierComment())
    assert body.count("new override") == 40
    assert "**1 more line** in the log of the run: read them, too." in body
    assert body.index("new override") < body.index("<details>\n<summary>")


def test_words_that_changed_follow_the_verdict_folded_in_a_block_they_cannot_end() -> None:
    hostile = Wording(old="qa/1 @ada", new="<b>", text="- ```\n+ </details> @everyone\n````")
    body = announce([CHECKED, claimed(words=[hostile, *[WORDS] * 6])], SUBJECT).body(EarlierComment())
    blocks = body.split("\n\n")
    assert blocks[0].splitlines()[2].startswith("**✅ pass")
    assert blocks[1].startswith(
        "<details>\n<summary>Words that changed: qa&#47;1 &#64;&#8203;ada → &#60;b&#62;<"
    )
    assert blocks[2].startswith("`````diff\n- ```\n")
    assert "@everyone" not in body
    assert body.count("Words that changed: qa") == 4
    assert "Words of 3 more versions changed" in body


@pytest.mark.parametrize("state", BAD_STATES)
def test_a_past_that_cannot_be_read_is_none(state: str) -> None:
    assert read_past(f"{MARKER}\n<!-- cuebook:state {state} -->\n").earlier == ()


def test_a_comment_fits_and_closes_what_it_opens() -> None:
    cases = [case.model_copy(update={"id": f"q{n}"}) for n in range(40) for case in FAIL.cases]
    long = verdict("fail", cases=cases)
    many = [long.model_copy(update={"suite": f"s{n}"}) for n in range(30)]
    past = EarlierComment(OTHER, "x" * 200, earlier=tuple((f"{n:012x}", "ü@" * 100) for n in range(10)))
    body = announce([claimed(verdicts=many, exit_code=1)], SUBJECT).body(past)
    assert len(body.encode()) <= 65_536
    assert body.count("<details>") == body.count("</details>")
    assert "Cut here" in body
    assert "Earlier: 10" in body


@settings(max_examples=30, deadline=None)
@given(hostile_verdicts())
def test_nothing_in_a_verdict_pings_or_steers(found: Any) -> None:
    words = [Wording.model_construct(old=text[:300], new="x", text=text) for text in ATTACKS]
    texts = {"lines": list(ATTACKS), "problems": list(ATTACKS), "words": words}
    claim = Claim.model_construct(**dict(a_claim()) | {"verdicts": [found], **texts})
    said = announce([RunStatus("gate", "claimed", "javascript:alert(1)", claim)], SUBJECT)
    body = said.body(EarlierComment(OTHER, "".join(ATTACKS)))
    assert not commands(body)
    assert "@ada" not in body
    assert "@everyone" not in body
    assert "javascript:alert" not in body
    assert not [char for char in controls(said.text) if char not in {"'\\u2066'"}]


LEFT = claimed("check", verdicts=[], nothing=[NEEDS])
AS_SHOWN: dict[str, tuple[list[RunStatus], ReportedChange]] = {
    "pass": ([LEFT, claimed(words=[WORDS])], SUBJECT),
    "fail": ([LEFT, claimed(verdicts=[FAIL], lines=[], words=[WORDS], exit_code=1)], SUBJECT),
    "inconclusive": ([LEFT, claimed(verdicts=[INCONCLUSIVE], lines=[])], SUBJECT),
    "nothing": ([claimed("check", verdicts=[], nothing=[Nothing(code="no_change")]), NOTHING], SUBJECT),
    "running": ([LEFT, RunStatus("gate", "running", RUN)], SUBJECT),
    "refused": ([LEFT, FORGED], SUBJECT),
    "fork": ([claimed("check"), RunStatus("gate", "skipped", RUN)], ReportedChange(HEAD, 7, from_fork=True)),
}


@pytest.mark.parametrize("name", AS_SHOWN)
def test_the_comment_as_it_is_shown(name: str) -> None:
    told, subject = AS_SHOWN[name]
    past = EarlierComment(OTHER, "qa-assistant/6 on qa-assistant: fail")
    check_golden(GOLDEN / f"{name}.md", announce(told, subject).body(past))


def test_a_gate_that_could_ask_nobody_says_why_and_what_to_do() -> None:
    stop = {"message": "openai refused the key (401)", "hint": "check the key in K"}
    gate = claimed(verdicts=[], exit_code=4, problems=["openai refused the key (401)\n  ..."], stop=stop)
    text = announce([CHECKED, gate], SUBJECT).text
    assert "**Not evaluated:** openai refused the key \\(401\\) **Next:** check the key in K." in text
    assert "in the files" not in text


def test_a_gate_that_was_stopped_is_worded_from_its_cause() -> None:
    cause = Nothing(
        code="no_plugin", prompt="qa", version=3, suite="qa", model="acme/large", cure="pip install acme"
    )
    stop = {"message": "of the step", "hint": "of the step", "cause": cause}
    gate = claimed(verdicts=[], exit_code=4, problems=["of the step"], stop=stop)
    said = announce([CHECKED, gate], SUBJECT)
    assert said.line == "qa/3 on qa: Not evaluated: no plug-in offers acme/large (pip install acme)."
    told = "**qa/3 on qa\\: Not evaluated\\: no plug\\-in offers acme/large.** **Next:** pip install acme."
    assert told in said.text
    assert "of the step" not in said.text


def test_an_earlier_release_said_why_nobody_could_be_asked_in_one_text() -> None:
    gate = claimed(verdicts=[], exit_code=4, problems=["openai refused the key (401)\n  check the key in K"])
    said = announce([CHECKED, gate], SUBJECT)
    assert said.line == "not evaluated: openai refused the key (401) check the key in K"
    assert "**Not evaluated:** openai refused the key \\(401\\) check the key in K" in said.text
    assert "**Next:**" not in said.text


def test_files_that_make_verdicts_are_named_before_anything_else() -> None:
    names = (".github/workflows/gate.yml", *(f"tools/{number}.py" for number in range(12)))
    body = announce([CHECKED, claimed()], ReportedChange(HEAD, 7, guarded=names)).body(EarlierComment())
    first = next(line for line in body.splitlines() if line and not line.startswith("<!--"))
    assert first.startswith("> This pull request changes files that produce the verdict: ")
    assert "gate.yml" in first
    assert first.count("tools/") == 9
    assert "and 3 more" in first


def test_a_fork_whose_suite_needs_an_app_is_told_the_way_that_works() -> None:
    needs = Nothing(code="target_elsewhere", prompt="qa", version=3, suite="qa", target="desk")
    told = [claimed("check", verdicts=[], nothing=[needs])]
    way = "no app runs for a fork. A maintainer can push the change to a branch"
    fork = announce(told, ReportedChange(HEAD, 7, from_fork=True)).body(EarlierComment())
    assert way in fork.replace("\\", "")
    assert way not in announce(told, SUBJECT).body(EarlierComment()).replace("\\", "")
