from __future__ import annotations

from hashlib import sha256

from cuebook.judging.draw import drawn, item_id, key_of, name_of
from cuebook.shapes.case_result import ScoreResult
from verdicts import answer, case, verdict

LABEL = "judge-correctness/2"


def test_an_answer_has_its_place_by_the_hash_of_what_it_is() -> None:
    cases = [case(f"c{n}", "same", answer("old", 0.5), answer("new", 0.5)) for n in range(30)]
    found = verdict("pass", cases=cases)
    digests = found.digests
    key = f"{digests.candidate}\n{digests.baseline}\n{digests.dataset}"
    assert key_of(found) == key
    whole = sha256(f"cuebook-label/1\n{key}\nc7\nbaseline".encode()).hexdigest()
    assert item_id(found, "c7", "baseline") == whole[:12]
    answers = drawn(found, LABEL)
    assert [one.id for one in answers] == sorted(one.id for one in answers)
    assert len(answers) == 60
    assert 0 < sum(one.side == "candidate" for one in answers[:20]) < 20, "both arms are mixed"
    (mine,) = (one for one in answers if one.id == whole[:12])
    assert (mine.answer.text, mine.of(found)) == ("old", f"{name_of(found)} c7 baseline")


def test_only_answers_that_the_judge_scored_are_drawn() -> None:
    unscored = answer("new", 0.5).model_copy(update={"scores": {LABEL: ScoreResult(state="failed")}})
    cases = [
        case("a", "same", answer("old", 0.5), unscored),
        case("b", "failed", answer("old", 0.5), answer(None, 0.0)),
        case("a", "same", answer("another model", 0.5), answer("another model", 0.5)),
    ]
    found = drawn(verdict("pass", cases=cases), LABEL)
    assert sorted((one.case.id, one.side, one.answer.text) for one in found) == [
        ("a", "baseline", "old"),
        ("b", "baseline", "old"),
    ]
    assert drawn(verdict("pass", cases=cases), "another") == []
