from __future__ import annotations

from cuebook.site.pages import Site, history, home, renamed
from fixtures.reading import Documents
from fixtures.site_catalog import FakeCatalog, artifact, catalog


def made() -> FakeCatalog:
    found = catalog()
    found.add("asked", [artifact("asked", 1, "First", template="x")], aliases={"production": 1})
    found.renamed["asked"] = "qa-assistant"
    return found


def test_the_old_addresses_have_one_link_each() -> None:
    pages = Documents({page.path: page.body for page in renamed.pages(Site(made()))})
    links = {path: [a.attributes["href"] for a in page.find("a")] for path, page in pages.items()}
    assert [found[-1] for found in links.values()] == [
        "../../prompts/qa-assistant/index.html",
        "../../prompts/qa-assistant/v1.html",
    ]
    assert "asked is called qa-assistant now" in pages["prompts/asked/index.md"].words


def test_it_is_listed_nowhere_else() -> None:
    site = Site(made())
    assert "asked" not in site.names
    pages = [*home.pages(site), *history.pages(site)]
    assert not any("asked" in page.body for page in pages)


def test_without_renames_there_is_no_page() -> None:
    assert not list(renamed.pages(Site(catalog())))
