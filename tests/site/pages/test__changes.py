from __future__ import annotations

import re
from typing import Any

import build
from cuebook.core.format import capital
from cuebook.publish.artifacts import artifact
from cuebook.shapes.published import Artifact
from cuebook.site.pages._changes import changes
from cuebook.wording.differences import SAME
from fixtures.reading import read


def desk(number: int, description: str, **properties: Any) -> Artifact:
    tool = {"name": "look", "description": description, "parameters": {"properties": properties}}
    said = ({"role": "user", "content": "Help."},)
    return artifact(build.version(number, messages=said, template=None, calling={"tools": [tool]}))


def test_parameters_of_tools_that_differ_are_a_table() -> None:
    old, new = desk(1, "By id", id={"type": "string"}), desk(2, "By <b>", id={"type": "integer"}, at={})
    page = str(changes(old, new))
    assert "2 changes may break apps" in page
    assert "tool parameter look.id was string and is integer" in page
    rows = re.findall(r"<td>(.*?)</td>", page)
    assert rows == [
        "<code>look</code>", "<code>id</code>", "string, optional", "integer, optional",
        "<code>look</code>", "<code>at</code>", "not there", "any, optional",
    ]  # fmt: skip
    assert "tool look" in page
    assert "<b>" not in page


def test_what_is_included_is_told_beside_the_words() -> None:
    one, two = (
        artifact(build.version(n, f"Be {words}.", includes={f"tone/{n}": "sha256:" + "a" * 64}))
        for n, words in ((1, "kind"), (2, "brief"))
    )
    assert "include tone/1 became tone/2" in read(str(changes(one, two))).words
    assert "became" not in read(str(changes(one, one))).words


def test_versions_without_tools_have_no_such_table() -> None:
    one, two = (artifact(build.version(number, text)) for number, text in ((1, "a"), (2, "b")))
    assert "Parameters of tools" not in str(changes(one, two))


def test_the_page_says_the_same_as_the_terminal_of_versions_that_say_the_same() -> None:
    assert read(str(changes(desk(1, "By id"), desk(2, "By id")))).words == f"{capital(SAME)}."
