"""What is wrong with an origin or a trail: one sentence and one cure for each code."""

from __future__ import annotations

from typing import Literal

from cuebook.core.errors import COMING, UPGRADE, Problem
from cuebook.wording._faults import Said, problem

OriginCode = Literal[
    "origin_elsewhere",
    "origin_without_suite",
    "origin_shares",
    "trail_missing",
    "trail_misnamed",
    "trail_of_erased",
    "trail_of_nothing",
    "trail_of_former_name",
    "trail_without_origin",
    "trail_newer",
    "trail_unread",
    "trail_no_json",
]

_ELSEWHERE = "origin names the suite {suite!r}, which does not evaluate {prompt}"
_NO_VERSION = "there is no {version}"
_TAKE = "take the file that cuebook optimize wrote"

_SAID: dict[OriginCode, Said] = {
    "origin_elsewhere": Said(_ELSEWHERE, "name the suite that it was made on: {there}", since=COMING),
    "origin_without_suite": Said(
        _ELSEWHERE, "add the suite that it was made on, which names this prompt", since=COMING
    ),
    "origin_shares": Said(
        "origin says {mine}, and {file} {theirs}",
        "write the shares that the suite has, or optimise once more",
        since=COMING,
    ),
    "trail_missing": Said(
        "an optimiser made it, and its trail {trail} is missing",
        "add the trail that cuebook optimize wrote",
        "warning",
    ),
    "trail_misnamed": Said(
        "it is not a trail of a version",
        "a trail is called <prompt>-v<number>.json; move other files elsewhere",
    ),
    "trail_of_erased": Said("{ref} was erased, and its words are in this trail", "delete it"),
    "trail_of_nothing": Said(_NO_VERSION, "delete the trail, or add it"),
    "trail_of_former_name": Said(_NO_VERSION, "rename it to {right}"),
    "trail_without_origin": Said(
        "{ref} has a trail here, and no origin that says so",
        "write in {version}: origin: {origin}; or, if it was merged without, delete the trail",
    ),
    "trail_newer": Said("a newer Cuebook wrote this trail, so it was not looked at", UPGRADE, "warning"),
    "trail_unread": Said("it is not a trail: {fault}", _TAKE, since=COMING),
    "trail_no_json": Said("the trail is not JSON: {fault}", _TAKE),
}


def origin_problem(code: OriginCode, path: str, line: int = 0, /, **names: object) -> Problem:
    """Return the problem of a version's origin or of a trail; ``names`` are those that its sentences need."""
    return problem(_SAID[code], code, path, line, names)
