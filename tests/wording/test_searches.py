from __future__ import annotations

from typing import get_args

from cuebook.shapes.trail import EndCode
from cuebook.wording.searches import search_end

FIGURES = {"count": "3 answers", "most": 1_000, "usd": "$1.00", "kept": "$0.48", "why": "it", "judge": "g/1"}


def test_each_end_of_a_search_has_a_sentence_of_its_own() -> None:
    codes: tuple[EndCode, ...] = get_args(EndCode)
    assert len({search_end(code, **FIGURES) for code in codes}) == len(codes)
    assert search_end("answers", **FIGURES) == "3 answers were scored; 1,000 are allowed"
