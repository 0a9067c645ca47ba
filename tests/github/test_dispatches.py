from __future__ import annotations

from cuebook.github.dispatches import MovedAlias, tell
from rest import Rest, Says

MOVE = MovedAlias("qa", "production", 2, 1, "sha256:0", "c" * 40)
SITE = "https://prompts.example.org"


def test_an_event_has_eight_keys_and_no_text_of_a_prompt() -> None:
    with Rest() as rest:
        rest.on("POST", "dispatches", Says(status=204))
        assert list(tell({"o/r": rest.client}, [MOVE], SITE)) == []
        (asked,) = rest.asked("POST", "dispatches")
    assert asked.body == {
        "event_type": "cuebook-alias-moved",
        "client_payload": {
            "prompt": "qa",
            "alias": "production",
            "version": 2,
            "previous": 1,
            "digest": "sha256:0",
            "url": f"{SITE}/api/v1/prompts/qa/versions/2.json",
            "commit": "c" * 40,
            "registry": SITE,
        },
    }
    assert MOVE.payload("")["url"] == ""


def test_one_that_cannot_be_told_keeps_nobody_else_from_it() -> None:
    with Rest() as rest, Rest() as other:
        rest.on("POST", "dispatches", Says({"message": "Resource not accessible"}, 403))
        other.on("POST", "dispatches", Says(status=204))
        failed = list(tell({"a/b": rest.client, "c/d": other.client}, [MOVE], SITE))
        assert len(other.asked("POST", "dispatches")) == 1
    assert [name for name, _ in failed] == ["a/b"]
    assert "qa@production was not told: POST o/r/dispatches: GitHub answered 403" in failed[0][1]
