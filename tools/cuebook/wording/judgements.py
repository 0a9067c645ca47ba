"""Why a judge could not be asked, or gave no judgement, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

NoJudgement = Literal[
    # no reply came
    "no_reply",
    "filtered",
    # one came, and cannot be read
    "no_object",
    "no_score",
    "score_no_number",
    "score_off_scale",
    "no_winner",
]
"""Why there is no judgement."""

_SENTENCES: Mapping[NoJudgement, str] = {
    "no_reply": "the judge gave no reply: {value}",
    "filtered": "the judge gave no reply: a filter refused it",
    "no_object": "the judge's reply cannot be read: {value}",
    "no_score": "the judge's reply cannot be read: 'score' is missing",
    "score_no_number": "the judge's reply cannot be read: 'score' is {value!r}, not a number",
    "score_off_scale": (
        "the judge's reply cannot be read: score {value} is outside the scale {low:g} to {high:g}"
    ),
    "no_winner": "the judge's reply cannot be read: 'winner' is {value}, not first, second or tie",
}


def no_judgement(code: NoJudgement, value: str, scale: tuple[float, float] | None) -> str:
    """Return why there is no judgement; ``value`` is what was said in its place, or somebody else's words."""
    low, high = scale or (0, 0)
    return _SENTENCES[code].format(value=value, low=low, high=high)


def case_lacks(judge: str, places: Mapping[str, str]) -> str:
    """Return which variables of a judge a case does not fill, with the ``places`` that were looked in."""
    named = ", ".join(f"{{{{{name}}}}} ({place})" for name, place in places.items())
    return f"the case has nothing for {named} of {judge}"
