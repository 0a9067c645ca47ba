from __future__ import annotations

from cuebook.wording.tree_files import softened, tree_problem


def test_files_are_listed_as_people_do() -> None:
    found = tree_problem("settings_twice", "a", files=["cuebook.toml", "pyproject.toml"])
    assert (
        found.message == "settings are in cuebook.toml and pyproject.toml, and only those of the first count"
    )


def test_an_address_is_written_in_full() -> None:
    found = tree_problem("no_address", "a", 1, key="site_url", value="x.example", rest="x.example")
    assert found.hint == 'write it in full, such as site_url = "https://x.example"'


def test_a_key_is_shown_by_its_beginning_and_excused_by_its_digest() -> None:
    found = tree_problem("looks_like_key", "a", 1, beginning="sk-proj-", digest="sha256:1")
    assert found.message.startswith("sk-proj-... looks like a key")
    assert "not_secret: ['sha256:1']" in found.hint
    assert not found.breaks


def test_what_an_earlier_release_accepted_only_warns_and_says_so() -> None:
    found = softened(tree_problem("picture_element", "site/guides/a.svg", tag="script"))
    assert (found.severity, found.code) == ("warning", "picture_element")
    assert found.hint.endswith("; only a warning: earlier releases did not check this")
