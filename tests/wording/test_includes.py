from __future__ import annotations

from cuebook.wording.includes import include_problem


def test_the_include_is_shown_as_it_is_written_and_as_it_is_to_be() -> None:
    found = include_problem("include_unpinned", "f", 2, include="{{> tone@live}}", name="tone", number=2)
    assert found.message == (
        "{{> tone@live}} is not pinned: an alias can move, and the digest would not show it"
    )
    assert found.hint == "write {{> tone/2}}"


def test_a_fragment_that_is_called_otherwise_now_keeps_its_name_for_what_is_published() -> None:
    about = {"file": "prompts/tone/v1.prompt.yml", "name": "tone", "now": "voice", "number": 1}
    found = include_problem("include_renamed", "f", 2, **about)
    assert found.hint.startswith("write {{> voice/1}} in a draft; what is published never changes")
    assert found.hint.endswith("so for that tone has to keep its name")
