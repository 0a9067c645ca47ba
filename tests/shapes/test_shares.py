from __future__ import annotations

from cuebook.shapes.shares import Share, Split, SplitChange

CHANGE = {
    "alias": "production",
    "version": 1,
    "commit": "c" * 40,
    "author": "Ada",
    "time": "t",
    "subject": "s",
}


def test_a_split_is_read_by_the_name_that_it_is_published_under() -> None:
    tried = {"version": 2, "share": 10, "digest": "sha256:0", "wireModel": "m", "later": 1}
    split = Split.model_validate({"salt": "qa@production\n2", "try": [tried]})
    assert (split.tries[0].version, split.tries[0].wireModel) == (2, "m")
    assert list(split.model_dump(by_alias=True)) == ["salt", "try"]


def test_a_change_tells_before_and_after() -> None:
    change = SplitChange(**CHANGE, tries=[Share(version=2, share=10)], previous=[])
    assert change.model_dump()["tries"] == [{"version": 2, "share": 10}]
