from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from cuebook.core import canonical, chat, files, provider_names, schema_rules, stand_ins, yaml_files
from cuebook.registry import diff, word_diff
from cuebook.shapes import chat_format, published
from cuebook.site import build
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


def listed(values: Iterable[str]) -> str:
    return f"[{', '.join(json.dumps(value) for value in values)}];"


# Scripts are static files that no page hands a value to, so each of these is written there once more.
SHARED = [
    ("worddiff.js", f"const MAX_TOKEN_PAIRS = {word_diff.MAX_TOKEN_PAIRS:_};"),
    ("worddiff.js", f"const MAX_LINE_PAIRS = {word_diff.MAX_LINE_PAIRS:_};"),
    ("worddiff.js", f"const LIKENESS = {word_diff._LIKENESS};"),
    ("worddiff.js", f'const TEMPLATE = "{diff.TEMPLATE}";'),
    ("tooldiff.js", f'const PLACEHOLDER = "{chat.PLACEHOLDER}";'),
    ("promptform.js", f'const MESSAGES = "{chat.MESSAGES}";'),
    ("promptform.js", f"const CALLING = {listed(canonical.CALLING)}"),
    ("toolform.js", f"const MOST = {chat_format.MOST_TOOLS};"),
    ("toolform.js", f"/^{provider_names.PATTERN}$/"),
    ("newversion.js", f"/^{provider_names.PATTERN}$/"),
    ("newversion.js", f"const LISTS = {listed(schema_rules._LISTS)}"),
    ("propose.js", f'const MODEL = "{stand_ins.TOY.answers}";'),
    ("send.js", f"const MAX_FILE = 1 << {files.MAX_FILE.bit_length() - 1};"),
    ("results.js", f"const WORST = {listed(published._WORST)}"),
    ("history.js", f'const EVENTS = "{published.events_path()}";'),
    ("promptfile.js", yaml_files.dump_yaml({}, "prompt-version").decode().partition("\n")[0]),
]


@pytest.mark.parametrize(("script", "text"), SHARED)
def test_scripts_have_the_numbers_and_names_of_the_code(script: str, text: str) -> None:
    assert text in (build.THEME / "assets" / script).read_text("utf-8")
