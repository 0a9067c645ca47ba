"""Where a version's file uses a variable."""

from __future__ import annotations

import pytest

from cuebook.registry.variable_lines import variable_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("message: about tone\ntemplate: |\n  Be brief.\n  {{ tone }}", 4),
        ("template: '{% if tone %}short{% endif %}'", 1),
        ("messages:\n- placeholder: tone\n", 2),
        ("- role: user\n  content:\n  - {type: image, image: tone}\n", 3),
        ("message: a\ntemplate: '{{tones}} {{> manners/1}}'", 0),
    ],
)
def test_the_first_line_that_uses_a_variable_is_found(text: str, line: int) -> None:
    assert variable_line(text, "tone") == line
