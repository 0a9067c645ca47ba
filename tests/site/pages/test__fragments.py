from __future__ import annotations

from typing import Any

from cuebook.shapes.published import Included
from cuebook.site.pages import Site
from cuebook.site.pages._fragments import Including, pieces, used_by, users_of
from fixtures.reading import read
from fixtures.site_catalog import FakeCatalog, artifact


def including(name: str, number: int, *refs: str) -> Any:
    made = artifact(name, number, "m", template="x")
    parts = [Included(ref=ref, digest="sha256:" + "0" * 64) for ref in refs]
    return made.model_copy(update={"includes": parts})


def test_who_includes_a_version_is_known_also_through_others() -> None:
    made = FakeCatalog()
    made.add("tone", [artifact("tone", 1, "m", template="Be kind.")])
    made.add("rules", [including("rules", 1, "tone/1")])
    made.add(
        "qa",
        [including("qa", n, *refs) for n, refs in ((1, ()), (2, ("rules/1",)))],
        aliases={"production": 2},
    )
    found = users_of(Site(made, "", ""))
    live = Including("qa", 2, ("production",))
    assert found == {"tone/1": [Including("rules", 1), live], "rules/1": [live]}
    shown = read(str(used_by("prompts/tone/v1.md", found["tone/1"])))
    assert [item.attributes["href"] for item in shown.find("a")] == [
        "../../prompts/rules/v1.html",
        "../../prompts/qa/v2.html",
    ]
    assert "2 versions" in shown.words
    assert "qa/2 (production)" in shown.words


def test_words_of_a_fragment_are_found_where_they_stand() -> None:
    known = [("a/1", "kind"), ("b/2", "Be kind.\n"), ("c/1", ""), ("d/1", "gone")]
    assert pieces("Be kind. Or kind", known) == [("b/2", "Be kind."), ("", " Or "), ("a/1", "kind")]
    assert pieces("none", []) == [("", "none")]
