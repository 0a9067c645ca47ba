from __future__ import annotations

import json
from typing import Any

import pytest

from cuebook.shapes.case_result import CaseResult, ScoreResult, ShownImage
from cuebook.shapes.judge_state import JudgeState
from cuebook.shapes.verdict import Verdict
from cuebook.site.pages import Site, cases
from cuebook.site.pages._case_files import EACH, case_files
from cuebook.site.pages._cases import Cases, slices
from fixtures.reading import Element, read
from fixtures.site_catalog import FakeCatalog, answer, artifact, metric, qa_case, qa_cases, verdict


def page(found: Verdict) -> Element:
    made = FakeCatalog()
    made.add(found.prompt, [artifact(found.prompt, n, "m", template="x") for n in (1, 2)], [found])
    (only,) = cases.pages(Site(made, "", "https://git.example.org/p"))
    return read(only.body)


def scored(value: float, *, passed: bool | None = None, reason: str = "") -> ScoreResult:
    return ScoreResult(
        state="measured", value=value, passed=value > 0.5 if passed is None else passed, reason=reason
    )


def one(change: str, old: dict[str, float], new: dict[str, float], **fields: Any) -> CaseResult:
    case = qa_case(0, with_baseline=True)
    sides = {
        "candidate": answer("new", 0.5, scores={label: scored(value) for label, value in new.items()}),
        "baseline": answer("old", 0.5, scores={label: scored(value) for label, value in old.items()}),
    }
    worst = min((new[label] - old[label] for label in new), default=0.0, key=lambda d: -abs(d))
    return case.model_copy(update={"change": change, "difference": worst, **sides, **fields})


METRICS = [metric("f1", 0.0, -0.1, 0.1, "pass"), metric("judge/1", 0.0, -0.1, 0.1, "pass")]


@pytest.mark.parametrize(
    ("change", "old", "new", "kind"),
    [
        ("better", {"f1": 0.67, "judge/1": 0.0}, {"f1": 0.0, "judge/1": 1.0}, "mixed"),
        ("worse", {"f1": 0.0, "judge/1": 1.0}, {"f1": 0.06, "judge/1": 0.5}, "mixed"),
        ("worse", {"f1": 0.2, "judge/1": 1.0}, {"f1": 0.2, "judge/1": 0.5}, "worse"),
        ("broken", {"f1": 0.2, "judge/1": 1.0}, {"f1": 0.3, "judge/1": 0.0}, "broken"),
        ("same", {"f1": 0.2, "judge/1": 1.0}, {"f1": 0.2, "judge/1": 1.0}, "wrong"),
        ("same", {"f1": 1.0, "judge/1": 1.0}, {"f1": 1.0, "judge/1": 1.0}, "same"),
        ("same", {"f1": 1.0, "told": 0.0}, {"f1": 1.0, "told": 0.0}, "same"),  # told decides nothing
    ],
)
def test_what_became_of_a_case(change: str, old: dict[str, float], new: dict[str, float], kind: str) -> None:
    found = Cases(verdict("qa", 2, "fail", metrics=METRICS, cases=[one(change, old, new)]))
    assert [view.kind for view in found.views] == [kind]


@pytest.mark.parametrize(("old", "said"), [({"f1": 0.0, "which/1": 1.0}, True), ({"f1": 0.0}, False)])
def test_a_scorer_that_compares_two_answers_disagrees_with_nobody_about_one(
    old: dict[str, float], said: bool
) -> None:
    metrics = [METRICS[0], metric("which/1", 0.0, -0.1, 0.1, "pass")]
    case = one("same", old, {"f1": 1.0}, id="c-1")
    # What compares has no score of the old answer alone.
    scores = {"f1": scored(1.0), "which/1": scored(0.0)}
    case = case.model_copy(update={"candidate": case.candidate.model_copy(update={"scores": scores})})
    found = Cases(verdict("qa", 2, "fail", metrics=metrics, cases=[case]))
    assert bool(found.disagreement(case)) is said


@pytest.mark.parametrize(
    ("inputs", "asked"),
    [
        (lambda n: {"day": f"2025-05-0{n % 3}", "history": [], "message": f"Is room {n} free?"}, "message"),
        (lambda n: {"context": "long " * 20 + str(n // 2), "question": f"What is {n}?"}, "question"),
        (lambda n: {"body": "long " * 20 + str(n), "subject": f"About {n}"}, "subject"),
        (lambda n: {"body": "long " * 20 + str(n), "kind": "mail"}, "body"),
        (lambda n: {}, None),
    ],
)
def test_a_case_is_known_by_what_tells_it_from_others(inputs: Any, asked: str | None) -> None:
    several = [one("same", {}, {}, id=f"c-{n}", inputs=inputs(n)) for n in range(10)]
    found = Cases(verdict("qa", 2, "fail", metrics=METRICS, cases=several))
    assert {found.main_names(case)[0] for case in several} == {asked}
    assert found.title(several[7]) == (inputs(7)[asked] if asked else "")


def test_conversations_and_calls_are_shown_as_they_read_and_kept_as_they_are() -> None:
    history = [{"role": "user", "content": "In Ghent"}]
    wanted = [{"name": "search_rooms", "arguments": {"town": "Ghent"}}]
    reason = 'missing: search_rooms {"town":"Ghent"}; called instead: search_rooms {"city":"Ghent"}'
    made = one(
        "broken", {"f1": 1.0}, {"f1": 0.0}, inputs={"history": history}, expectations={"calls": wanted}
    )
    scores = {"f1": scored(0.0, reason=reason)}
    sides = {
        side: getattr(made, side).model_copy(
            update={
                "text": "",
                "tool_calls": [{"id": "1", "name": "search_rooms", "arguments": {key: "Ghent"}}],
                **({"scores": scores} if side == "candidate" else {}),
            }
        )
        for side, key in (("baseline", "town"), ("candidate", "city"))
    }
    found = Cases(verdict("qa", 2, "fail", metrics=METRICS[:1], cases=[made.model_copy(update=sides)]))
    (view,) = found.views
    inside = read(found.inside(view))
    said = [element.words for element in inside.one(class_="cb-case-asked").find("dd")]
    assert said == ["user: In Ghent", 'calls search_rooms {"town":"Ghent"}']
    assert not inside.find("mark")
    assert [element.words for element in inside.find("ins")] == ["added: city"]
    ((whole,),) = (json.loads(text) for name, text in case_files(found).items() if name != "cases.json")
    assert whole["inputs"] == [["history", json.dumps(history), False, "user: In Ghent"]]
    assert whole["new"]["calls"] is True
    assert found.title(view.case) == "user: In Ghent"


def test_the_first_answer_of_a_prompt_can_break_nothing() -> None:
    alone = [case.model_copy(update={"baseline": None}) for case in qa_cases(2)]
    found = Cases(verdict("qa", 1, "fail", baseline=None, cases=alone))
    assert {found.word(view.kind) for view in found.views} == {"passing"}


def test_a_judge_speaks_for_a_case_before_a_count_of_words() -> None:
    case = one("broken", {"f1": 1.0, "judge/1": 1.0}, {"f1": 0.0, "judge/1": 0.25})
    judge = JudgeState(label="judge/1", ref="judge/1", digest="d")
    (view,) = Cases(verdict("qa", 2, "fail", metrics=METRICS, cases=[case], judges=[judge])).views
    assert view.label == "judge/1"
    (view,) = Cases(verdict("qa", 2, "fail", metrics=METRICS, cases=[case])).views
    assert view.label == "f1"


def reasoned(number: int, change: str, reason: str, **fields: Any) -> CaseResult:
    case = one(change, {"judge/1": 1.0}, {"judge/1": 0.0}, id=f"c{number}", **fields)
    if change == "fixed":
        case = one(change, {"judge/1": 0.0}, {"judge/1": 1.0}, id=f"c{number}", **fields)
    scores = {"judge/1": case.candidate.scores["judge/1"].model_copy(update={"reason": reason})}
    return case.model_copy(update={"candidate": case.candidate.model_copy(update={"scores": scores})})


def test_the_worst_cases_come_first_and_no_reason_twice() -> None:
    every = [
        reasoned(1, "worse", "C"),
        reasoned(2, "broken", 'The words "one thing" are wrong'),
        reasoned(3, "broken", 'The words "another" are wrong'),
        reasoned(4, "broken", "B", protected=True),
        reasoned(5, "fixed", "D"),
    ]
    judges = [JudgeState(label="judge/1", ref="judge/1", digest="d")]
    found = Cases(verdict("qa", 2, "fail", metrics=METRICS[1:], cases=every, judges=judges))
    assert [view.case.id for view in found.to_read(3)] == ["c4", "c2", "c1"]
    assert [view.case.id for view in found.to_read(5)] == ["c4", "c2", "c1", "c5", "c3"]
    passing = Cases(verdict("qa", 2, "pass", metrics=METRICS[1:], cases=every[4:]))
    assert [view.kind for view in passing.to_read(3)] == ["fixed"]


def test_slices_have_enough_cases_and_are_sorted_by_what_broke() -> None:
    # Of b, one case broke; of rare there is only one.
    tags = [["a", "rare"], ["a", "b"], ["a"], ["a", "b"], ["a"], ["a", "b"], ["a"], ["a", "b"]]
    every = [
        one("broken" if n < 3 else "same", {"f1": 1.0}, {"f1": 1.0}, id=f"c{n}", tags=words)
        for n, words in enumerate(tags)
    ]
    assert slices(Cases(verdict("qa", 2, "fail", cases=every))) == [("a", 3, 8)]


def test_a_row_opens_to_question_answers_reason_and_scores() -> None:
    document = page(verdict("qa", 2, "fail"))
    row = document.find("details", class_="cb-case-broken")[0]
    assert row.find("summary")[0].words == (
        "qa-007 Which form do I need for parental leave? expected Form P-14 v1 Form P-14 "
        "v2 According to the passage, form P-14, as the second sentence says. "
        "token_f1 85 \u2192 20 judge-correctness/2 75 \u2192 25 ended by \u2013 Broken"
    )
    assert [item.text for item in row.one(class_="cb-case-asked").find("dt")] == ["question", "expected"]
    old, new = row.one(class_="cb-case-answers").find("dd")
    assert old.words != new.words
    rows = [
        [cell.words for cell in line.find("td")]
        for line in row.one("table", class_="cb-table").find("tr")[1:]
    ]
    assert rows == [
        ["token_f1", "85", "20", "\u2013"],
        ["judge-correctness/2", "75", "25",
         "It adds words nobody asked for. v1: The answer names the interval and cites it."],
    ]  # fmt: skip


@pytest.mark.parametrize(("label", "marked"), [("judge/1", ["Take <one> tablet"]), ("f1", [])])
def test_words_that_a_judge_quotes_are_marked_in_the_answer(label: str, marked: list[str]) -> None:
    case = one("broken", {label: 1.0}, {label: 0.0})
    said = case.candidate.model_copy(
        update={
            "text": "Hello. Take <one> tablet.",
            "scores": {label: scored(0.0, reason='"Take <one> tablet" is wrong')},
        }
    )
    judge = JudgeState(label="judge/1", ref="judge/1", digest="d")
    cases = [case.model_copy(update={"candidate": said})]
    deciding = [item for item in METRICS if item.label == label]
    found = Cases(verdict("qa", 2, "fail", metrics=deciding, cases=cases, judges=[judge]))
    card = read(found.card(found.views[0]))
    assert [item.text for item in card.find("mark")] == marked
    assert card.one(class_="cb-case-new").one("pre").text == "Hello. Take <one> tablet."


def test_words_that_differ_are_marked_only_where_answers_are_alike() -> None:
    near = one("worse", {"f1": 1.0}, {"f1": 0.9})
    near = near.model_copy(
        update={
            "baseline": near.baseline
            and near.baseline.model_copy(update={"text": "The door is open all day long."}),
            "candidate": near.candidate.model_copy(update={"text": "The door is shut all day long."}),
        }
    )
    found = Cases(verdict("qa", 2, "fail", metrics=METRICS[:1], cases=[near]))
    card = read(found.card(found.views[0]))
    assert [item.text for item in card.find("del")] == ["removed: open"]
    far = Cases(verdict("qa", 2, "fail", metrics=METRICS[:1], cases=[one("worse", {"f1": 1.0}, {"f1": 0.9})]))
    assert not read(far.card(far.views[0])).find("del")


def test_a_missing_answer_says_why() -> None:
    row = page(verdict("qa", 2, "fail")).one("details", class_="cb-case-failed")
    assert "No answer: the answer was cut off at 300 tokens" in row.text


@pytest.mark.parametrize(("finish", "said"), [("length", True), ("content_filter", True), ("stop", False)])
def test_how_an_answer_ended_is_said_where_it_did_not_simply_stop(finish: str, said: bool) -> None:
    near = one("worse", {"f1": 1.0}, {"f1": 0.0})
    near = near.model_copy(update={"candidate": near.candidate.model_copy(update={"finish": finish})})
    found = Cases(verdict("qa", 2, "fail", metrics=METRICS[:1], cases=[near]))
    assert (f"Ended by: {finish}" in read(found.card(found.views[0])).text) is said


def test_the_filters_count_every_case() -> None:
    document = page(verdict("qa", 2, "fail"))
    assert "hidden" in document.one(class_="cb-case-controls").attributes
    buttons = [item.text for item in document.one(class_="cb-filters").find("button")]
    assert buttons[:3] == ["All 40", "Broken 4", "Without an answer 1"]
    assert buttons[-1] == "Protected 2"


def test_many_cases_keep_the_page_small_and_say_where_the_rest_is() -> None:
    many = [case.model_copy(update={"change": "worse", "difference": -0.1}) for case in qa_cases(5000)]
    made = FakeCatalog()
    made.add("qa", [artifact("qa", 1, "m", template="x")], [verdict("qa", 1, "fail", cases=many)])
    (only,) = cases.pages(Site(made))
    document = read(only.body)
    assert len(document.find("details", class_="cb-case")) == cases.STATIC
    assert "4,950 more cases" in document.one(id="cb-more").words
    assert len(only.body) < 400_000


def data(found: Verdict) -> dict[str, Any]:
    return {name: json.loads(text) for name, text in case_files(Cases(found)).items()}


def test_rows_and_parts_hold_every_case_in_the_order_of_the_page() -> None:
    found = verdict("qa", 2, "fail", cases=qa_cases(EACH + 5))
    files = data(found)
    views = Cases(found).views
    assert list(files) == ["cases.json", "cases-0.json", "cases-1.json"]
    assert [row["id"] for row in files["cases.json"]["rows"]] == [view.case.id for view in views]
    parts = files["cases-0.json"] + files["cases-1.json"]
    assert [len(files["cases-0.json"]), len(parts)] == [EACH, EACH + 5]
    assert [part["inputs"][0][1] for part in parts] == [view.case.inputs["context"] for view in views]


def test_rows_are_small_beside_what_is_in_the_parts() -> None:
    long = [case.model_copy(update={"inputs": {"text": "word " * 900}}) for case in qa_cases(20)]
    files = case_files(Cases(verdict("qa", 2, "fail", cases=long)))
    assert len(files["cases.json"]) / 20 < 700 < len(files["cases-0.json"]) / 20


def test_a_row_says_what_the_page_says_and_no_number_of_a_case_becomes_one_of_a_browser() -> None:
    case = one(
        "broken", {"f1": 1.0}, {"f1": 0.0}, inputs={"order": {"id": 2**60}}, expectations={"is": 1e300}
    )
    files = data(verdict("qa", 2, "fail", metrics=METRICS[:1], cases=[case]))
    (row,) = files["cases.json"]["rows"]
    assert (row["kind"], row["scores"], row["expected"]) == ("broken", ["100 \u2192 0"], "1e+300")
    assert files["cases.json"]["words"]["broken"] == "Broken"
    (whole,) = files["cases-0.json"]
    assert whole["inputs"] == [["order", '{"id": 1152921504606846976}', False]]
    assert whole["scores"] == [["f1", "100", "0", "", ""]]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("stop", "stop", "stop"),
        ("stop", "length", "stop \u2192 length"),
        ("", "", "\u2013"),
        (None, "stop", "stop"),
    ],
)
def test_how_the_answers_ended_stands_in_every_row(old: str | None, new: str, said: str) -> None:
    case = one("same", {"f1": 1.0}, {"f1": 1.0})
    assert case.baseline
    sides = {
        "candidate": case.candidate.model_copy(update={"finish": new}),
        "baseline": None if old is None else case.baseline.model_copy(update={"finish": old}),
    }
    row = page(verdict("qa", 2, "pass", metrics=METRICS[:1], cases=[case.model_copy(update=sides)]))
    assert row.one(class_="cb-case-rows").find(class_="cb-case-ended")[0].words == f"ended by {said}"


def test_the_chooser_has_every_score_and_the_row_those_that_decide() -> None:
    scores = dict.fromkeys(("f1", "judge/1", "length"), 1.0)
    document = page(verdict("qa", 2, "pass", metrics=METRICS, cases=[one("same", scores, scores)]))
    (chooser,) = (item for item in document.find("select") if item.attributes["name"] == "scores")
    said = [item.text for item in chooser.find("option")]
    assert said == ["2 that decide", "f1", "judge/1", "length", "all 3"]
    heads = [item.words for item in document.one(id="cb-case-heads").find("span")]
    assert heads == [
        "Case", "Question", "Expected", "v1 answered", "v2 answered", "f1", "judge/1", "Ended by", "Became",
    ]  # fmt: skip


def test_ids_are_unique_when_several_models_answer_one_case() -> None:
    every = [case.model_copy(update={"model": name}) for name in ("a/b", "c/d") for case in qa_cases(12)]
    document = page(verdict("qa", 2, "fail", cases=every))
    ids = [item.attributes["id"] for item in document.find() if "id" in item.attributes]
    assert len(set(ids)) == len(ids)
    assert "case-qa-007-model-2" in ids


def test_long_texts_are_cut_and_say_how_much_is_missing() -> None:
    (case,) = [item for item in qa_cases(8) if item.change == "broken"]
    long = case.model_copy(update={"inputs": {"context": "x" * 9000}})
    row = page(verdict("qa", 2, "fail", cases=[long])).one("details", class_="cb-case")
    assert row.one(class_="cb-case-asked").find("dd")[0].text.endswith("(8,720 more characters)")
    assert row.find("pre", class_="cb-given")[0].text.endswith("(6,000 more characters)")


def test_a_case_says_where_scorers_disagree_in_its_text_and_in_its_file() -> None:
    new = {"f1": 0.0, "judge/1": 1.0, "length": 1.0}
    made = verdict("qa", 2, "fail", metrics=METRICS, cases=[one("same", new, new)])
    said = "Scorers disagree on v2: f1 fails it, judge/1 passes it."
    found = Cases(made)
    assert said in read(found.inside(found.views[0])).words
    assert json.loads(case_files(found)["cases-0.json"])[0]["odd"] == said
    agreed = Cases(verdict("qa", 2, "fail", metrics=METRICS[:1], cases=[one("same", new, new)], judges=[]))
    assert "disagree" not in agreed.inside(agreed.views[0])


ASKS = [{"role": "user", "content": f"Question {at}?"} for at in range(6)]
CALL = {"id": "c", "function": {"name": "look", "arguments": '{"id":1}'}}


def talking(*said: str) -> dict[str, Any]:
    """What an answer has of a dialogue that calls a tool and says these texts."""
    calls = {"role": "assistant", "content": "", "tool_calls": [CALL]}
    gives = {"role": "tool", "tool_call_id": "c", "content": "3 days"}
    texts = [{"role": "assistant", "content": text} for text in said]
    return {"dialogue": [*ASKS, calls, gives, *texts], "text": said[-1]}


def of_talk(old: dict[str, Any], new: dict[str, Any]) -> Verdict:
    case = one("broken", {"f1": 1.0}, {"f1": 0.0}, inputs={}, turns=[{"user": "Question 0?"}])
    assert case.baseline
    sides = {
        "candidate": case.candidate.model_copy(update=new),
        "baseline": case.baseline.model_copy(update=old),
    }
    return verdict("qa", 2, "fail", metrics=METRICS[:1], cases=[case.model_copy(update=sides)])


def test_a_dialogue_is_told_once_and_each_side_from_the_first_difference_on() -> None:
    found = of_talk(talking("Soon."), talking("Hm.", "Never."))
    shown = page(found).one("details", class_="cb-case")
    assert shown.one(class_="cb-case-title").text == "Question 5?"
    before = shown.one(class_="cb-talk-before")
    assert before.one("summary").words == "2 messages before"
    assert [item.words for item in before.find(class_="cb-said")][-1] == "user Question 5?"
    new = [item.words for item in shown.one(class_="cb-case-new").find(class_="cb-said")]
    assert new == [
        'assistant calls look {"id":1}',
        "look returns 3 days",
        "assistant Hm.",
        "assistant Never.",
    ]
    (whole,) = data(found)["cases-0.json"]
    together, old, after = whole["talk"]
    assert [len(lines) for lines in (together, old, after)] == [6, 3, 4]
    assert after[0] == ["assistant calls look", '{"id":1}']


def test_dialogues_that_differ_in_their_last_words_show_which() -> None:
    plain = [*ASKS, {"role": "assistant", "content": "In 3 days, as you asked."}]
    other = [*ASKS, {"role": "assistant", "content": "In 4 days, as you asked."}]
    found = of_talk(
        {"dialogue": plain, "text": plain[-1]["content"]}, {"dialogue": other, "text": other[-1]["content"]}
    )
    shown = page(found).one("details", class_="cb-case")
    assert [item.words for item in shown.find("ins")] == ["added: 4"]


def test_an_image_is_told_in_words_and_a_line_of_labels_names_its_file() -> None:
    image = ShownImage(file="a.png", media_type="image/png", bytes=34_000, digest="sha256:" + "1" * 64)
    case = one("same", {"f1": 1.0}, {"f1": 1.0}, inputs={"photo": {"file": "a.png"}}, images={"photo": image})
    files = data(verdict("qa", 2, "pass", metrics=METRICS[:1], cases=[case]))
    words = "a.png, image/png, 34 kB, sha256:111111111111"
    assert files["cases.json"]["rows"][0]["title"] == words
    assert files["cases-0.json"][0]["inputs"] == [["photo", '{"file": "a.png"}', False, words]]


def test_a_side_that_broke_off_shows_what_was_said_until_then() -> None:
    whole = talking("Soon.")
    broken = {"dialogue": whole["dialogue"][:-1], "text": None, "failure": "turn 2 of 3: it calls on"}
    found = of_talk(whole, broken)
    shown = page(found).one("details", class_="cb-case").one(class_="cb-case-new")
    assert [item.words for item in shown.find(class_="cb-who")] == ["assistant calls look", "look returns"]
    assert shown.one(class_="cb-none").text == "No answer: turn 2 of 3: it calls on"
    assert data(found)["cases-0.json"][0]["new"]["talks"] is True
