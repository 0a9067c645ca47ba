from __future__ import annotations

from cuebook.site.pages import Site, compare
from fixtures.reading import Element, read
from fixtures.site_catalog import FakeCatalog, catalog


def page(made: FakeCatalog) -> Element:
    (found,) = compare.pages(Site(made))
    assert found.path == "compare.md"
    return read(found.body)


def test_the_page_is_the_same_whatever_is_published() -> None:
    assert page(catalog()).text == page(FakeCatalog()).text


def test_every_control_has_a_label() -> None:
    document = page(catalog())
    labelled = {item.attributes["for"] for item in document.find("label")}
    controls = [*document.find("select"), *document.find("input")]
    assert len(controls) == 7
    assert {item.attributes["id"] for item in controls} <= labelled
    said = [item.words for item in document.find("label")]
    assert said[:4] == ["Prompt", "From", "To", "To, of the prompt"]
    assert "hidden" in document.one(id="cb-other").attributes


def test_without_scripts_the_page_says_what_to_do_instead() -> None:
    document = page(catalog())
    assert "cuebook diff" in document.one(id="cb-compare-off").text
    assert "hidden" in document.one(id="cb-compare").attributes
