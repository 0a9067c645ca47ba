"""The cases of a verdict as JSON beside their page: rows to search and filter, and all the rest in parts.

What became of a case, how a score is written and what is in a row is said here, once; the page's script
draws it. Only its own words are text; no value of a dataset reaches the browser as a number it could change.
"""

from __future__ import annotations

import json
from typing import Any

from cuebook.core.format import NONE, capital
from cuebook.shapes.case_result import Answer
from cuebook.site.pages._answers import ALIKE, MAX_ANSWER
from cuebook.site.pages._cases import FIRST_WORDS, Cases, CaseView, brief_answer
from cuebook.site.pages._talk import LONGEST, MOST_SHOWN, beginning
from cuebook.site.pages._terms import meaning
from cuebook.wording.details import CHANGES
from cuebook.wording.dialogue import talk_of
from cuebook.wording.finish import finish, nothing_said
from cuebook.wording.names import ended_by
from cuebook.wording.values import json_shown, lines_of

ROWS = "cases.json"
EACH = 100
"""Cases in a part: a few hundred kilobytes, of which somebody who opens one case fetches one."""


def case_files(found: Cases) -> dict[str, str]:
    """Return ``cases.json`` with a row a case, the worst first, and ``cases-<n>.json`` with ``EACH`` each."""
    rows = {
        "prompt": found.verdict.prompt,
        "version": found.verdict.candidate.version,
        "baseline": found.verdict.baseline.version if found.verdict.baseline else None,
        "usual": found.in_rows,
        "scorers": found.scorers,
        "words": {kind: found.word(kind).capitalize() for kind in CHANGES},
        # What the words on the chips mean, where the glossary has them.
        "terms": {
            word.capitalize(): title
            for word in ("protected", *map(found.word, CHANGES))
            if (title := meaning(word))
        },
        "protected": found.protected_tag,
        "each": EACH,
        # The script draws a case as the page does, and cuts it at the same places.
        "limits": {
            "first": FIRST_WORDS,
            "input": LONGEST,
            "answer": MAX_ANSWER,
            "alike": ALIKE,
            "said": MOST_SHOWN,
        },
        "rows": [_row(found, view) for view in found.views],
    }
    starts = range(0, len(found.views), EACH)
    parts = {
        f"cases-{at // EACH}.json": _json([_whole(found, view) for view in found.views[at : at + EACH]])
        for at in starts
    }
    return {ROWS: _json(rows), **parts}


def _json(value: Any) -> str:
    # Without blanks or escapes: of 5,000 cases the rows alone are over a megabyte.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def _row(found: Cases, view: CaseView) -> dict[str, Any]:
    """What the table shows of a case, searches and filters; what is empty is left out."""
    case = view.case
    made = {
        "at": found.names[case.id, case.model],
        "id": case.id,
        "model": case.model if found.several else "",
        "kind": view.kind,
        "protected": case.protected,
        "tags": case.tags,
        "title": found.title(case),
        "expected": found.expected(case),
        "old": brief_answer(case.baseline) if case.baseline else "",
        "new": brief_answer(case.candidate),
        "ended": finish(case) or NONE,
        "scores": [found.scored(case, label) for label in found.scorers],
    }
    return {name: value for name, value in made.items() if value}


def _whole(found: Cases, view: CaseView) -> dict[str, Any]:
    """Everything else of a case: inputs, expectations, answers, scores and reasons."""
    case = view.case
    asked, expected = found.main_names(case)
    talk = talk_of(case)
    # Each message cut as the page shows it: a dialogue may be long.
    told = [[[who, beginning(text)] for who, text in lines] for lines in talk or ()]
    plain = {name: value for name, value in case.inputs.items() if name not in case.images}
    # How it reads, and for a line of labels the file that the case names; never its bytes.
    images = [
        [name, json_shown({"file": found.file}), False, case.readable[name]]
        for name, found in case.images.items()
    ]
    return {
        "inputs": [*_texts(plain), *images],
        "asked": asked,
        "expectations": _texts(case.expectations),
        "expected": expected,
        "old": _answer(case.baseline) if case.baseline else None,
        "new": _answer(case.candidate),
        "scores": found.score_rows(case),
        "reason": view.reason,
        **({"quotes": list(view.quotes)} if view.quotes else {}),
        "odd": found.disagreement(case),
        **({"talk": told} if talk else {}),
    }


def _texts(values: dict[str, Any]) -> list[list[Any]]:
    """Each value as its text or JSON, whether that is a text, and how it reads where that is neither."""
    told: list[list[Any]] = []
    for name, value in values.items():
        lines = None if isinstance(value, str) else lines_of(value)
        shown = [value, True] if isinstance(value, str) else [json_shown(value), False]
        told.append([name, *shown, *([] if lines is None else [lines])])
    return told


def _answer(answer: Answer) -> dict[str, Any]:
    made: dict[str, Any] = {"text": answer.said, "ended": ended_by(answer)}
    made |= {"nothing": capital(nothing)} if (nothing := nothing_said(answer)) else {}
    made |= {"talks": True} if answer.text is None and answer.dialogue else {}
    return made | {"calls": True} if answer.tool_calls else made
