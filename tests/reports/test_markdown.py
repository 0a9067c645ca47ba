from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from cuebook.reports._cut import NOTICE
from cuebook.reports.markdown import MARKER, render
from cuebook.shapes.case_result import Answer
from cuebook.shapes.verdict import Verdict
from cuebook.wording.headline import headline
from cuebook.wording.next_step import next_step
from verdicts import (
    EVERY,
    FAIL,
    FIRST,
    GOOD,
    INCONCLUSIVE,
    OFFLINE_NOTE,
    PASS,
    WRONG,
    answer,
    case,
    hostile_verdicts,
    verdict,
)

CONTEXT = FAIL.cases[0].inputs["context"]
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OURS = re.compile(r"<!-- cuebook:gate -->|<details>|</details>|<summary>[A-Z][a-z ]+: \d+( more)?</summary>")
INLINE = {"text", "strong_open", "strong_close", "softbreak", "code_inline"}
BLOCKS = {
    "paragraph",
    "heading",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "bullet_list",
    "list_item",
    "blockquote",
}


def tokens(text: str) -> list[Token]:
    return PARSER.parse(text)


def prose(text: str) -> str:
    """Everything a reader sees outside code."""
    inline = [child for token in tokens(text) for child in token.children or []]
    return "\n".join(child.content for child in inline if child.type == "text")


def fences(text: str) -> list[str]:
    return [token.content for token in tokens(text) if token.type == "fence"]


@pytest.mark.parametrize("shown", EVERY)
def test_the_marker_then_verdict_reason_and_next_action(shown: Verdict) -> None:
    marker, first = render([shown]).splitlines()[:2]
    assert marker == MARKER
    said = prose(first).replace("\n", "").replace("\u200b", "")
    assert f"{shown.outcome}: qa-assistant/{shown.candidate.version}" in said
    assert said.index(headline(shown)) < said.index("Next:") < said.index(next_step(shown).text)


def test_several_verdicts_begin_with_the_worst() -> None:
    text = render([PASS, INCONCLUSIVE, FAIL])
    first = text.splitlines()[1]
    assert "3 verdicts: ❌ 1 fail, ⚠️ 1 inconclusive, ✅ 1 pass." in first
    assert next_step(FAIL).text in first.replace("\\", "")
    assert text.index("**❌ fail:") < text.index("**⚠️ inconclusive:") < text.index("**✅ pass:")


def test_the_numbers_a_reviewer_needs() -> None:
    lines = [line.replace("\\", "") for line in render([INCONCLUSIVE]).splitlines()]
    row = "| ? judge-correctness/2 | 81.0 | 79.9 | **−1.1** | [−8.3, +6.2] | 160/160 | > −5.0 | 8.3 |"
    assert row in lines
    assert "| cost | $0.0004 | $0.0006 | +50% |" in lines
    assert any("cuebook diff qa-assistant/5 qa-assistant/6" in line for line in lines)


def test_broken_cases_first_then_fixed_unchanged_ones_only_counted() -> None:
    text = render([FAIL])
    order = [
        text.index(part)
        for part in ("#### Broken: 8", "Worse: 1", "Without a score: 1", "Fixed: 2", "Better: 1")
    ]
    assert order == sorted(order)
    assert "10 cases unchanged, not shown." in text
    assert "qa\\-020" not in text
    assert text.count("<details>") == text.count("</details>") == 5


def test_a_case_has_inputs_both_answers_and_the_reason_each_in_a_block() -> None:
    shown = fences(
        render([verdict("fail", cases=[case("a", "broken", GOOD, answer("no\n```\n@ada", 0.0, "wrong"))])])
    )
    assert shown == [
        f"question: Is return a free?\ncontext: {CONTEXT}\nexpected: answer: Yes, within 30 days\n",
        "Yes, within 30 days.\n",
        "no\n```\n@\u200bada\n",
        "judge-correctness/2: wrong\n",
    ]


def test_a_dialogue_is_told_once_up_to_where_the_versions_differ() -> None:
    asked = {"role": "user", "content": "Is it free?"}
    more = [{"role": "user", "content": "Sure?\nexpected: nothing"}, {"role": "assistant", "content": "Yes."}]

    def side(said: str) -> Answer:
        return answer("Yes.", 1.0, dialogue=[asked, {"role": "assistant", "content": said}, *more])

    talk = case("a", "broken", side("It is."), side("No.\nassistant: It is."), inputs={"policy": "P"})
    given, old, new = fences(render([verdict("fail", cases=[talk])]))[:3]
    assert given == "policy: P\nuser: Is it free?\nexpected: answer: Yes, within 30 days\n"
    assert old.splitlines()[0] == "assistant: It is."
    assert new.splitlines() == [
        "assistant: No.",
        "    assistant: It is.",
        "user: Sure?",
        "    expected: nothing",
        "assistant: Yes.",
    ]


def test_a_long_dialogue_shows_its_end_and_counts_the_rest() -> None:
    said = [{"role": "user", "content": f"turn {at}"} for at in range(40)]
    talk = case(
        "a", "broken", GOOD, answer("x", 0.0, dialogue=[*said, {"role": "assistant", "content": "x"}])
    )
    given = fences(render([verdict("fail", cases=[talk])]))[0]
    assert "before it: 34 messages\nuser: turn 34\n" in given


def test_many_cases_are_folded_then_named_then_counted() -> None:
    found = [case(f"c{n}", "broken", GOOD, WRONG) for n in range(100)]
    text = render([verdict("fail", cases=found)])
    assert text.count("**c") == 12
    assert "Broken: 97 more" in text
    assert "c71 and 28 more" in text


def test_a_first_version_has_one_side() -> None:
    text = render([FIRST])
    assert "| metric | v1 | interval |" in text
    assert "cuebook diff" not in text
    assert "#### Failing: 4" in text
    assert "v1 said" in text
    assert not re.search(
        r"v\d said.*v\d said.*because", text.partition("qa\\-001")[2].partition("qa\\-002")[0], re.S
    )


def test_stand_ins_are_named_before_anything_can_be_cut() -> None:
    text = render([FAIL] * 40)
    assert text.index("Rules answered or judged in place of a model") < 1000
    assert OFFLINE_NOTE.split()[-1] in text


def test_a_long_report_is_cut_and_says_so() -> None:
    text = render([FAIL] * 40)
    assert 60_000 < len(text.encode()) <= 65_536
    assert text.rstrip().endswith(NOTICE)
    assert NOTICE not in render(EVERY)


@given(shown=st.lists(hostile_verdicts(), min_size=1, max_size=3))
@settings(max_examples=40, deadline=None)
def test_other_peoples_text_is_never_markup(shown: list[Verdict]) -> None:
    text = render(shown)
    assert len(text.encode()) <= 65_536
    for token in tokens(text):
        if token.type == "html_block":
            assert not OURS.sub("", token.content).strip()
        elif token.type == "inline":
            assert {child.type for child in token.children or []} <= INLINE, token.content
        else:
            assert token.type in {"fence", "hr"} or token.type.rpartition("_")[0] in BLOCKS
        assert token.type != "fence" or token.info == "text"
    html = "".join(token.content for token in tokens(text) if token.type == "html_block")
    assert html.count("<details>") == html.count("</details>")
    assert not re.search(r"[@#][\w]|\bgh-\w|\bwww\.", prose(text), re.I)


@given(shown=hostile_verdicts())
@settings(max_examples=40, deadline=None)
def test_every_block_is_closed(shown: Verdict) -> None:
    text = render([shown])
    lines = text.split("\n")
    blocks = [token for token in tokens(text) if token.type == "fence"]
    assert all(lines[token.map[1] - 1] == token.markup for token in blocks if token.map)
    listed = [item for item in shown.cases if item.change != "same"]
    reasons = sum(
        bool(item.candidate.scores[label].reason) for item in listed for label in item.candidate.scores
    )
    assert len(blocks) == 3 * len(listed) + reasons
