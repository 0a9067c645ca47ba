"""Every page kind under axe-core, light and dark and on a phone: it finds nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.browsing import MARKS, Tab

AXE = Path(__file__).parent / "node_modules/axe-core/axe.min.js"
pytestmark = [
    *MARKS,
    pytest.mark.skipif(
        not AXE.is_file(), reason="no axe-core: NO PAGE WAS CHECKED (npm ci in tests/browser)"
    ),
]
VERSION = "prompts/qa-assistant/v4.html"
PANES = {VERSION: ["", "changes", "evidence", "use", "history"]}
"""What the end of an address opens on a page."""
KINDS = [
    "index.html",
    "history.html?at=2026-07-19T12:00",
    "find.html?words=passage",
    "prompts/qa-assistant/index.html",
    VERSION,
    "prompts/release-notes/index.html",
    "prompts/qa-assistant/v3-v4.html",
    "reports/qa-assistant/v4/qa-assistant.html",
    "reports/qa-assistant/v4/qa-assistant/cases.html",
    "prompts/hostile/v2.html",
    "reports/hostile/v3/hostile.html",
    "gate-health.html",
    "history.html",
    "page/gate-method.html",
    "propose.html",
    "propose.html?prompt=",
    "label.html",
    "compare.html",
    "compare.html?prompt=qa-assistant&a=2&b=4",
    "guides/propose.html",
    "guides/github.html",
    "404.html",
]
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules that the colours of a page decide: the dark scheme changes nothing else."""
LOOKS = {
    "light": ("light", 1280, {"rules": {"td-has-header": {"enabled": True}}}),
    "dark": ("dark", 1280, {"runOnly": COLOURS}),
    "phone": ("light", 360, {"rules": {rule: {"enabled": False} for rule in COLOURS}}),
}
RUN = """async (options) => (await axe.run(document, {resultTypes: ['violations'], ...options})).violations
    .map((v) => [v.impact, v.id, v.nodes.slice(0, 3).map((n) => `${n.target} ${n.failureSummary}`)])"""
ONE_OF_A_LOOK = """(look) => {
    axe.configure({rules: [{id: 'color-contrast', selector: '[data-one]'}]});
    const styles = ['color', 'backgroundColor', 'backgroundImage', 'opacity', 'fontSize', 'fontWeight',
        'textShadow', 'filter', 'mixBlendMode', 'position'];
    const ids = ((window.looks ??= {})[look] ??= new Map()), seen = new Map();
    for (const item of document.querySelectorAll('[data-one]')) item.removeAttribute('data-one');
    const once = [...document.body.querySelectorAll('*')].filter((item) => {
        if (!item.checkVisibility()) return false;
        const above = seen.get(item.parentElement), style = getComputedStyle(item);
        const named = [above?.id, item.localName, item.getAttribute('class')];
        const whole = [...named, ...styles.map((name) => style[name])].join();
        const apart = above?.apart || ['absolute', 'fixed', 'sticky'].includes(style.position);
        const fresh = !ids.has(whole);
        if (fresh) ids.set(whole, ids.size);
        seen.set(item, {id: ids.get(whole), apart});
        return fresh || apart;
    });
    for (const item of once) item.setAttribute('data-one', '');
}"""
"""Measuring contrast is most of the work: do it once for all elements that look alike, up to the root.

What may lie over something else than what it is in is measured each time. All other rules see everything.
"""
SHOWN = "(dark) => dark === (document.body.getAttribute('data-md-color-scheme') === 'slate')"


@pytest.mark.parametrize("name", KINDS)
def test_axe_finds_nothing(tab: Tab, base: str, name: str) -> None:
    page = tab.as_new()
    page.set_viewport_size({"width": 1280, "height": 900})
    program = name.startswith(
        ("propose", "compare", "find", "history", "label")
    )  # these fetch what they show
    page.goto(base + name, wait_until="networkidle" if program else "load")
    page.evaluate("document.querySelectorAll('details').forEach((item) => { item.open = true; })")
    page.evaluate(AXE.read_text("utf-8"))
    for look, (scheme, width, options) in LOOKS.items():
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(SHOWN, arg=scheme == "dark")
        for pane in PANES.get(name, [""]):
            if pane:
                page.evaluate("(pane) => { location.hash = pane; }", pane)
                assert page.locator(f"#{pane}").is_visible()
            page.evaluate(ONE_OF_A_LOOK, look)
            assert page.evaluate(RUN, options) == [], (look, pane)
