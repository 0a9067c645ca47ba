from __future__ import annotations

from cuebook.shapes._base import encode
from cuebook.shapes.judge_state import JudgeState

OLD = {"label": "right", "ref": "judge/1", "digest": "d", "why": "it was never measured", "warnings": ["old"]}


def test_what_other_releases_wrote_of_a_judge_is_read() -> None:
    found = JudgeState.model_validate({**OLD, "a_key_of_later": 1})
    assert (found.doubt, found.why, found.warnings) == (None, OLD["why"], ["old"])
    assert JudgeState.model_validate_json(encode(found), strict=True) == found
    assert b"a_key_of_later" not in encode(found)
