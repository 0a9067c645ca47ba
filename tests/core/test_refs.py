from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuebook.core import refs
from cuebook.core.errors import MalformedRef, UnknownAlias, UnknownPrompt, UnknownVersion
from cuebook.core.refs import Ref, parse_ref, ref_of_path, unknown_prompt


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("qa/3", Ref("qa", version=3)),
        ("qa@production", Ref("qa", alias="production")),
        ("qa@latest", Ref("qa", alias="latest")),
        ("qa/latest", Ref("qa", alias="latest")),
        ("qa/production", Ref("qa", alias="production")),
        ("qa@3", Ref("qa", version=3)),
        ("prompts:/qa/3", Ref("qa", version=3)),
        ("prompts:/qa@production", Ref("qa", alias="production")),
        ("prompts:/qa/production", Ref("qa", alias="production")),
        ("prompts:/qa/latest", Ref("qa", alias="latest")),
        ("a.b_c-d/999999999", Ref("a.b_c-d", version=999999999)),
    ],
)
def test_refs_that_are_understood(text: str, ref: Ref) -> None:
    assert parse_ref(text) == ref
    assert parse_ref(str(ref)) == ref


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("qa", "names no version or alias"),
        ("prompts:/qa", "names no version or alias"),
        ("prompts://qa/1", "empty"),
        ("qa/0", "without leading zeros"),
        ("qa/01", "without leading zeros"),
        ("qa/1234567890", "without leading zeros"),
        ("qa/-1", "alias '-1'"),
        ("qa/", "alias ''"),
        ("qa@", "alias ''"),
        ("qa/1/2", "alias '1/2'"),
        ("qa@v3", "looks like a version"),
        ("qa@Production", "must begin with a-z"),
        ("qa@con", "reserved by Windows"),
        ("QA/1", "a-z, 0-9"),
        ("qä/1", "a-z, 0-9"),
        ("../etc/1", "a-z, 0-9"),
        ("a..b/1", "two dots"),
        ("con/1", "Windows"),
        ("a" * 65 + "/1", "at most 64"),
        ("qa/\u0661", "alias"),
        ("qa/3\n", "alias"),
        ("qa /3", "a-z, 0-9"),
        (3, "3 is not a ref: a ref is a string"),
        (None, "None is not a ref: a ref is a string"),
    ],
)
def test_refs_that_are_refused(text: Any, says: str) -> None:
    with pytest.raises(MalformedRef) as caught:
        parse_ref(text)
    assert says in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("prompts/qa/v2.prompt.yml", "qa/2"),
        ("./prompts/qa/v2.prompt.yml", "qa/2"),
        ("texts/prompts/qa/v12.prompt.yml", "qa/12"),
        ("prompts\\qa\\v2.prompt.yml", "qa/2"),
        ("qa/v2.prompt.yml", "qa/2"),
        ("prompts/qa/aliases.yml", "qa"),
        ("evals/qa/suite.yml", "qa"),
        ("evals/qa/dataset.jsonl", "qa"),
        ("prompts/qa/", "qa"),
        ("./prompts/qa", "qa"),
        ("../shop/prompts/qa", "qa"),
    ],
)
def test_a_path_is_told_as_the_ref_that_it_leads_to(path: str, meant: str) -> None:
    with pytest.raises(MalformedRef, match="is a path and not a ref") as caught:
        parse_ref(path, default_alias="latest")
    assert caught.value.hint == f"write {meant}"
    with pytest.raises(MalformedRef) as caught:
        parse_ref(path)
    parse_ref(caught.value.hint.removeprefix("write "))
    assert unknown_prompt(path, ["qa"]).hint == "write qa"


@pytest.mark.parametrize("path", ["prompts/Qa/v2.prompt.yml", "prompts/../suite.yml", "a/b/c", "qa/", "/"])
def test_a_path_to_no_prompt_names_none(path: str) -> None:
    assert ref_of_path(path) == ""


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("qa/v3", "qa/3"),
        ("qa@V3", "qa/3"),
        ("qa/03", "qa/3"),
        ("qa /3", "qa/3"),
        ("QA/1", "qa/1"),
        ("My Prompt", "my-prompt@production"),
        ("qa@", "qa@production"),
        ("qa@Production", "qa@production"),
    ],
)
def test_a_ref_that_is_nearly_one_is_told_as_it_is_written(text: str, meant: str) -> None:
    with pytest.raises(MalformedRef) as caught:
        parse_ref(text)
    assert caught.value.hint == f"write {meant}"
    parse_ref(meant)


@pytest.mark.parametrize("text", ["qa/0", "qa/-1", "qa/1/2", "\u3042/1", "@production", "qa@con"])
def test_of_any_other_text_the_forms_are_told(text: str) -> None:
    with pytest.raises(MalformedRef, match="write name/3, name@production"):
        parse_ref(text)


def test_a_bare_name_needs_a_default() -> None:
    assert parse_ref("qa", default_alias="production") == Ref("qa", alias="production")


@given(st.text())
def test_any_text_is_a_ref_or_a_malformed_ref(text: str) -> None:
    try:
        ref = parse_ref(text)
    except MalformedRef:
        return
    assert parse_ref(str(ref)) == ref


@pytest.mark.parametrize("name", ["a", "0", "qa-assistant", "a.b", "a_b", "a" * 64])
def test_names_that_are_allowed(name: str) -> None:
    assert refs.name_problem(name) is None


@pytest.mark.parametrize(
    "name", ["", "A", "-a", "a-", ".a", "a.", "a/b", "a b", "é", "a" * 65, "nul", "com1.x", "a..b", "a\n"]
)
def test_names_that_are_refused(name: str) -> None:
    assert refs.name_problem(name)


@given(st.text(max_size=90))
def test_a_suggested_name_is_allowed(text: str) -> None:
    assert refs.name_problem(refs.suggest_name(text)) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("QA Assistant", "qa-assistant"),
        ("a..b", "a.b"),
        ("Größe über alles", "grosse-uber-alles"),
        ("con", "my-con"),
        ("!!!", "my-prompt"),
        ("con.x", "my-con.x"),
    ],
)
def test_suggestions_stay_near_what_was_written(text: str, name: str) -> None:
    assert refs.suggest_name(text) == name


@pytest.mark.parametrize("alias", ["production", "a", "blue_green-2"])
def test_aliases_that_are_allowed(alias: str) -> None:
    assert refs.alias_problem(alias) is None


@pytest.mark.parametrize(
    "alias", ["", "latest", "v1", "v007", "3", "Prod", "a.b", "-a", "a" * 65, "aux", "é"]
)
def test_aliases_that_are_refused(alias: str) -> None:
    assert refs.alias_problem(alias)


@pytest.mark.parametrize(
    ("file_name", "number"),
    [
        ("v1.prompt.yml", 1),
        ("v12.prompt.yml", 12),
        ("v0.prompt.yml", None),
        ("v01.prompt.yml", None),
        ("v1.prompt.yaml", None),
        ("1.prompt.yml", None),
        ("v1.prompt.yml.bak", None),
        ("v\u0661.prompt.yml", None),
    ],
)
def test_the_number_in_a_file_name(file_name: str, number: int | None) -> None:
    assert refs.version_number(file_name) == number


@pytest.mark.parametrize(
    ("names", "clashes"),
    [
        ([], []),
        (["a", "b"], []),
        (["a", "A"], [("a", "A")]),
        (["ｑa", "qa"], [("ｑa", "qa")]),
    ],
)
def test_names_that_a_file_system_would_confuse(names: list[str], clashes: list[tuple[str, str]]) -> None:
    assert refs.name_clashes(names) == clashes


def test_what_is_unknown_comes_with_the_nearest_thing() -> None:
    prompt = refs.unknown_prompt("qa-asistant", ["qa-assistant", "triage"])
    assert isinstance(prompt, UnknownPrompt)
    assert "qa-assistant" in prompt.hint
    assert refs.unknown_prompt("qa", []).hint == 'there is no prompt yet: cuebook new qa -m "Why this prompt"'
    version = refs.unknown_version("qa", 9, [3, 1, 2])
    assert isinstance(version, UnknownVersion)
    assert version.hint == "nearest: qa/3; it has versions 1 to 3"
    assert refs.unknown_version("qa", 9, [1]).hint == "nearest: qa/1; it has version 1"
    assert refs.unknown_version("qa", 1, []).hint == 'cuebook new qa -m "Why this prompt"'
    alias = refs.unknown_alias("qa", "prod", ["production"])
    assert isinstance(alias, UnknownAlias)
    assert "production" in alias.hint
    none = refs.unknown_alias("qa", "production", [])
    assert none.hint == "no alias is set yet: ask for qa@latest, or qa/1"
