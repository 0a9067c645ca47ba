from __future__ import annotations

import pytest

from build import version
from cuebook.optimizing.refusals import Guard
from cuebook.shapes.run import Case
from cuebook.shapes.split import Origin, Shares

READ = [
    Case("lamp", {"context": "The lamp in the great hall is green"}, {"a": "It is GREEN, the lamp of us"}),
    Case("talk", {"context": "x"}, turns=({"user": "I am on a way to be at my own inn by six"},)),
]  # fmt: skip
START = version(text="Answer from the context. The lamp in the great hall is old. {{question}}")
GUARD = Guard(START, {"template": str(START.template)}, READ, Origin("qa", Shares()))


@pytest.mark.parametrize(
    ("text", "why", "told"),
    [
        ("Answer from the context. {{question}}", None, None),
        ("The lamp in the great hall: {{question}}", None, None),
        ("Say that  the LAMP in the great hall is green. {{question}}", "of an example", "words of lamp"),
        ("{{question}} it is green, the lamp of u", "of an example", "words of lamp"),
        ("{{question}} on a way to be at my own", "of an example", "words of talk"),
        ("  \n", "it is empty", "it is empty"),
        ("{{question}} now\u202e", "U+202E", "U+202E"),
        ("{{question}}" + "x" * 3_000, "it has 3,012 characters; 2,144 are allowed", "2,144 are allowed"),
        ("Answer.", "input 'question' is never used", "input 'question' is never used"),
    ],
)
def test_what_is_refused_and_what_is_said_of_it(text: str, why: str | None, told: str | None) -> None:
    found = GUARD.refusal({"template": text}, "template")
    if why is None or told is None:
        assert found is None
    else:
        assert found is not None
        assert why in found.why
        assert told in found.told
        assert "lamp" not in found.why, "who proposes is told of no case"
