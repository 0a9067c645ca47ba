from __future__ import annotations

import pytest

from cuebook.wording.version_files import version_problem


@pytest.mark.parametrize(
    ("code", "cure"),
    [
        ("input_unused", "remove it, or use it as {{photo}}"),
        ("messages_unused", "remove it, or write '- placeholder: photo' under messages:"),
        ("image_unused", "remove it, or write '- {type: image, image: photo}' in a user message"),
    ],
)
def test_an_input_that_nothing_uses_is_told_where_its_type_is_filled(code, cure: str) -> None:
    found = version_problem(code, "f", 1, name="photo")
    assert (found.message, found.hint) == ("input 'photo' is never used in the template", cure)


def test_what_belongs_in_another_place_names_the_braces_that_it_replaces() -> None:
    assert version_problem("image_in_text", "f", 1, name="photo").hint == (
        "write '- {type: image, image: photo}' among the parts of a user message, in place of {{photo}}"
    )
    assert "declare" in version_problem("input_undeclared", "f", 1, name="q", type="string", near="").message
