from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cuebook.site import preview
from fixtures.browsing import CHROMIUM, FLAGS, Tab, Watched
from fixtures.built_site import built


@pytest.fixture(scope="session")
def base() -> Iterator[str]:
    """The site, served below a folder as project pages are."""
    running = preview.server(built().root, 0, base="/team/")
    threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
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


@pytest.fixture(scope="session")
def tab(browser: Any) -> Iterator[Tab]:
    kept = Tab(browser)
    yield kept
    kept.close()


@pytest.fixture(scope="session")
def scriptless(browser: Any) -> Iterator[Tab]:
    """For pages whose scripts do not run."""
    kept = Tab(browser, scripts=False)
    yield kept
    kept.close()


@pytest.fixture
def watched(tab: Tab, base: str) -> Iterator[Watched]:
    page = tab.as_new()
    found = Watched(page)
    watching: dict[str, Callable[[Any], object]] = {
        "request": lambda call: call.url.startswith((base, "data:", "blob:")) or found.wrong.append(call.url),
        "console": lambda said: said.type in {"error", "warning"} and found.wrong.append(said.text),
        "pageerror": lambda error: found.wrong.append(str(error)),
        "dialog": lambda dialog: (found.wrong.append("dialog"), dialog.dismiss()),
    }
    for event, listener in watching.items():
        page.on(event, listener)
    yield found
    for event, listener in watching.items():
        page.remove_listener(event, listener)
    assert found.wrong == []
