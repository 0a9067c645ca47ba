from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from cuebook.site import preview
from fixtures.browsing import CHROMIUM, FLAGS, Watched
from fixtures.built_site import built


@pytest.fixture(scope="session")
def base() -> Iterator[str]:
    """The site, served below a folder as project pages are."""
    running = preview.server(built().root, 0, base="/team/")
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running.address
    running.shutdown()
    running.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: no browser tests"
    )
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def watched(browser: Any, base: str) -> Iterator[Watched]:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.set_default_timeout(8_000)
    found = Watched(page)
    page.on(
        "request", lambda call: call.url.startswith((base, "data:", "blob:")) or found.wrong.append(call.url)
    )
    page.on("console", lambda said: said.type in {"error", "warning"} and found.wrong.append(said.text))
    page.on("pageerror", lambda error: found.wrong.append(str(error)))
    page.on("dialog", lambda dialog: (found.wrong.append("dialog"), dialog.dismiss()))
    yield found
    context.close()
    assert found.wrong == []
