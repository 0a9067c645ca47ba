from __future__ import annotations

from cuebook.site.theme_files import ASSETS, theme


def test_the_theme_is_what_is_installed_and_our_own_files() -> None:
    names = set(theme().files)
    assert f"{ASSETS}/cuebook.js" in names
    assert any(name.startswith("assets/javascripts/bundle.") for name in names)
    assert len(theme().inline) >= 3


def test_a_script_that_leads_elsewhere_is_none_of_them() -> None:
    lead = 'var anchor=window.location.hash.substr(1);location.href="https://evil.example"'
    assert not theme().knows(lead)
    assert not theme().knows("")
