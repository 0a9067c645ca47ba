"""Code that fetches one version, to be pasted into an app."""

from __future__ import annotations

import json

from cuebook.shapes.published import Artifact, version_path
from cuebook.site.pages._html import Html, join, kept, pre, tag
from cuebook.site.pages._parts import copyable

PLACEHOLDER = "https://your.site/"
"""Stands for the site's address where the settings give none; the page's script fills in the real one."""

_FILL = r"""const fill = (text) =>
  text.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (_, name) => values[name] ?? prompt.inputs[name]?.default);"""


def python(site_url: str, version: Artifact) -> Html:
    """The runtime client."""
    values = "".join(f"\n    {name}=...," for name in _asked(version))
    arguments = f"{values}\n" if values else ""
    made = "text" if version.template is not None else "messages"
    text = (
        "from cuebook import load_prompt\n\n"
        f'prompt = load_prompt("{version.ref}", registry="{_base(site_url)}")\n'
        f"{made} = prompt.format({arguments})\n"
    )
    return _code(text, site_url, "the Python code")


def javascript(site_url: str, version: Artifact) -> Html:
    """Plain ``fetch``; the template is filled in one pass."""
    given = ", ".join(f'{_key(name)}: "..."' for name in _asked(version))
    made = (
        "const text = fill(prompt.template);"
        if version.template is not None
        else "const messages = prompt.messages.map((m) => ({ ...m, content: fill(m.content) }));"
    )
    lines = [
        f'const reply = await fetch("{_url(site_url, version)}");',
        "const prompt = await reply.json();",
    ]
    if version.templateFormat == "simple":
        lines += [f"const values = {{ {given} }};" if given else "const values = {};", _FILL, made]
    return _code("\n".join(lines) + "\n", site_url, "the JavaScript code")


def curl(site_url: str, version: Artifact) -> Html:
    """The JSON itself."""
    return _code(f"curl -fsS {_url(site_url, version)}\n", site_url, "the command")


def _asked(version: Artifact) -> list[str]:
    return [name for name, spec in version.inputs.items() if "default" not in spec]


def _key(name: str) -> str:
    return name if name.isidentifier() else json.dumps(name)


def _base(site_url: str) -> str:
    return f"{site_url.rstrip('/')}/" if site_url else PLACEHOLDER


def _url(site_url: str, version: Artifact) -> str:
    return f"{_base(site_url)}{version_path(version.name, version.version)}"


def _code(text: str, site_url: str, label: str) -> Html:
    if site_url:
        return copyable(pre(kept(text), class_="cb-code", tabindex="0"), label)
    first, *rest = text.split(PLACEHOLDER)
    spot = tag("span", PLACEHOLDER, data_site=True)
    filled = join(kept(first), *((spot, kept(part)) for part in rest))
    return copyable(pre(filled, class_="cb-code", tabindex="0"), label)
