from __future__ import annotations

import json
from typing import Any

import pytest

from cuebook.core.parameters import ALLOWED_PARAMETERS
from cuebook.core.refs import NAME_PATTERN
from cuebook.registry.settings import Settings
from cuebook.shapes.file_formats import Parameters
from cuebook.shapes.settings_format import Endpoint
from cuebook.site.pages import Site, editor, prompt
from fixtures.reading import Element, read
from fixtures.site_catalog import FakeCatalog, artifact, catalog

REPO = "https://git.example.org/team/prompts"


def page(site: Site | None = None) -> Element:
    (made,) = editor.pages(site or Site(catalog(), repo_url=REPO))
    assert made.path == "propose.md"
    return read(made.body)


def setup(document: Element) -> dict[str, Any]:
    return json.loads(document.one(id="cb-propose").attributes["data-setup"] or "")


def test_the_page_is_the_same_whatever_is_published() -> None:
    assert page(Site(catalog())).text == page(Site(FakeCatalog())).text


def test_every_control_has_a_label_and_a_place_for_what_is_wrong() -> None:
    document = page()
    ids = {item.attributes["id"] for item in document.find() if item.attributes.get("id")}
    labelled = {item.attributes["for"] for item in document.find("label")}
    controls = [item for name in ("input", "select", "textarea") for item in document.find(name)]
    assert len(controls) > 20
    for control in controls:
        assert control.attributes["id"] in labelled
        assert set((control.attributes.get("aria-describedby") or "").split()) <= ids
        if control.attributes.get("type") != "radio":
            error = document.one(id=f"{control.attributes['id']}-error")
            assert error.attributes["aria-live"] == "polite"


def test_ids_are_given_once() -> None:
    ids = [item.attributes["id"] for item in page().find() if item.attributes.get("id")]
    assert len(set(ids)) == len(ids)


def test_every_setting_of_a_version_has_a_field() -> None:
    fields = {item.attributes.get("data-field") for item in page().find()}
    assert {f"parameters.{name}" for name in ALLOWED_PARAMETERS} <= fields
    assert {"model", "responseFormat", "templateFormat", "kind", "message", "template", "name"} <= fields


def test_the_rules_are_those_of_the_files() -> None:
    rules = setup(page())["rules"]
    assert rules["name"] == NAME_PATTERN
    assert rules["line"] == 500
    assert {"openai", "litellm", "scripted"} <= set(rules["prefixes"])
    assert rules["roles"] == ["system", "developer", "user", "assistant"]
    assert rules["types"] == ["string", "number", "integer", "boolean", "array", "object"]
    assert [rule["name"] for rule in rules["parameters"]] == list(Parameters.model_fields)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("temperature", {"kind": "number", "minimum": 0, "maximum": 2}),
        ("topK", {"kind": "integer", "minimum": 1}),
        ("seed", {"kind": "integer"}),
        ("frequencyPenalty", {"kind": "number", "minimum": -2, "maximum": 2}),
        ("stop", {"kind": "texts", "most": 8}),
        ("verbosity", {"kind": "choice", "choices": ["low", "medium", "high"]}),
    ],
)
def test_the_rule_of_a_setting(name: str, rule: dict[str, Any]) -> None:
    assert {"name": name, **rule} in editor.rules()["parameters"]


def test_without_scripts_the_page_says_what_to_do_instead() -> None:
    document = page()
    assert "cuebook new" in document.one(id="cb-propose-off").text
    assert "hidden" in document.one(id="cb-propose").attributes


def links(body: str) -> list[str | None]:
    return [item.attributes["href"] for item in read(body).find("a", class_="cb-button")]


def test_pages_of_prompts_and_versions_lead_to_the_form_and_to_the_comparison() -> None:
    site = Site(catalog())
    found = {page.path: links(page.body) for page in prompt.pages(site)}
    assert found["prompts/qa-assistant/index.md"] == [
        "../../propose.html?prompt=qa-assistant&from=3",
        "../../compare.html?prompt=qa-assistant&a=3&b=4",
    ]
    assert found["prompts/ticket-triage/index.md"] == [
        "../../propose.html?prompt=ticket-triage&from=2",
        "../../compare.html?prompt=ticket-triage&a=1&b=2",
    ]
    assert found["prompts/qa-assistant/v1.md"][0] == "../../propose.html?prompt=qa-assistant&from=1"


def test_a_prompt_with_one_version_has_nothing_to_be_compared_with() -> None:
    made = FakeCatalog()
    made.add("one", [artifact("one", 1, "First", template="x")])
    page, home = prompt.pages(Site(made))
    assert links(page.body) == links(home.body) == ["../../propose.html?prompt=one&from=1"]


def test_an_endpoint_of_the_settings_is_a_provider_that_a_version_may_name() -> None:
    own = Settings(endpoints={"local": Endpoint(base_url="http://127.0.0.1:9/v1")})
    assert "local" in editor.rules(own)["prefixes"]
    assert "local" not in editor.rules()["prefixes"]
