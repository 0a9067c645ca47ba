"""Harden and check built HTML: each page gets a content security policy, and every link is followed.

Tags are found by a pattern, and each different one is read by ``html.parser``: a parser for whole pages would
take eight times as long, as they have the theme's tags in common. A test compares both on a built site.
"""

from __future__ import annotations

import base64
import hashlib
import posixpath
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

from cuebook.site.theme_files import ASSETS, theme

_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL | re.IGNORECASE)
# Counted apart: what browsers take for the beginning of a script need have no end.
_OPENS = re.compile(r"<script\b", re.IGNORECASE)
_SERVED = re.compile(rf'<link rel="stylesheet" href="([^"]*{ASSETS}/served\.css)">')
# One way to write an address: with %, \, ? or # browsers and urlsplit may mean different files.
_PLAIN = re.compile(r"[\w./-]+|https?://[\w.:/-]+", re.ASCII)
# A value in quotes may hold a >, so values are stepped over whole.
_TAG = re.compile(r"<([a-z][a-z0-9-]*)([^>\"']*(?:(?:\"[^\"]*\"|'[^']*')[^>\"']*)*)>", re.IGNORECASE)
_FORBIDDEN = re.compile(r"on.*|style|srcdoc", re.DOTALL)

POLICY = (
    # Beyond the site: data: for icons of the theme's style sheet.
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'self'; "
    "object-src 'none'"
)


LinkTarget: TypeAlias = tuple[str | None, str]
"""A file of the site and an anchor in it ("" for none); no file where a link may not lead."""


@dataclass
class Scan:
    """The anchors and links of one HTML file, and its problems."""

    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def harden(text: str, name: str, site_url: str) -> tuple[str, list[str]]:
    """Return a page with its policy, and with digests of the theme's scripts and their style sheet.

    Also what may not be there: a script that is not the theme's, by its path or by its whole text.
    """
    hashes: dict[str, None] = {}
    problems: list[str] = []

    def checked(match: re.Match[str]) -> str:
        attributes, script = match[1], match[2]
        given = dict(_read(f"<script{attributes}>")[1])
        if "src" in given:
            src = given["src"]
            path = _theme_path(src, name, site_url)
            if path and not script.strip():
                return f'<script src="{src}" integrity="{theme().integrity(path)}"></script>'
            problems.append(f"the script {src[:60]!r} is not one of the theme's")
        elif given.get("type") == "application/json":
            # Data, which no browser runs, so it needs no digest.
            return match[0]
        elif not attributes.strip() and theme().knows(script):
            digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
            hashes[f"'sha256-{digest}'"] = None
        else:
            problems.append(f"an inline script is not one of the theme's: {script.strip()[:60]!r}")
        return match[0]

    # Each script is taken out with what is in it: "<script" there is text.
    made, count = _SCRIPT.subn(checked, text)
    if count != len(_OPENS.findall(_SCRIPT.sub("<script></script>", text))):
        problems.append("a script does not end")
    # The style sheet for pages that scripts run on: where a digest has these refused, so is it.
    served = theme().integrity(f"{ASSETS}/served.css")
    made = _SERVED.sub(rf'<link rel="stylesheet" href="\1" integrity="{served}">', made)
    policy = POLICY.format(scripts=" ".join(hashes)).replace("'self' ;", "'self';")
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    made = made.replace('<meta charset="utf-8">', f'<meta charset="utf-8">{meta}', 1)
    if meta not in made:
        problems.append("the page has no place for its content security policy")
    return made, problems


def _theme_path(src: str, name: str, site_url: str) -> str | None:
    """The theme's script that an address means, written plainly; None for any other."""
    if not _PLAIN.fullmatch(src):
        return None
    path = (_internal(src, name, site_url) or (None, ""))[0]
    return path if path and path.endswith(".js") and path in theme().files else None


def scan(text: str) -> Scan:
    """Return anchors and links of a page, and attributes that a policy without inline code forbids."""
    found = Scan()
    # What is between the tags of a script is no markup, whatever it looks like.
    bare = _SCRIPT.sub(lambda match: f"<script{match[1]}></script>", text)
    # Only tags with attributes can have an anchor, a link or a fault.
    for tag in dict.fromkeys(match[0] for match in _TAG.finditer(bare) if match[2]):
        name, attributes = _read(tag)
        for key, value in attributes:
            if key == "id" or (key == "name" and name == "a"):
                found.anchors.add(value)
            elif key in {"href", "src"}:
                found.links.append(value)
            elif _FORBIDDEN.fullmatch(key):
                found.problems.append(f"<{name}> has the attribute {key}, which the page's policy forbids")
    return found


_Tag: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]
"""The name of a tag and its attributes, in lower case, with their values."""


class _Reader(HTMLParser):
    tag: _Tag = "", ()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tag = tag, tuple((name, value or "") for name, value in attrs)


@lru_cache(maxsize=1 << 16)
def _read(text: str) -> _Tag:
    """What a tag says; most tags of a site are the same on every page."""
    reader = _Reader()
    reader.feed(text)
    return reader.tag


def targets(name: str, page: Scan, site_url: str) -> dict[str, LinkTarget]:
    """Return the target of each link of a page that stays on the site, by URL."""
    found = {url: _internal(url, name, site_url) for url in dict.fromkeys(page.links)}
    return {url: target for url, target in found.items() if target}


def broken(
    root: Path, links: Mapping[str, LinkTarget], anchors: Mapping[str, Container[str]]
) -> Iterator[str]:
    """Yield what is wrong with links, given by URL; ``anchors`` are those of each page of the site."""
    for url, (path, anchor) in links.items():
        if path is None:
            yield f"the link {url!r} leads nowhere: only http, https and mailto are followed"
        elif path in anchors:
            if anchor and anchor not in anchors[path]:
                yield f"the link {url!r} names the anchor {anchor!r}, which {path} does not have"
        elif path.startswith("../") or not (root / path).is_file():
            yield f"the link {url!r} leads to {path}, which is not there"


def _internal(url: str, name: str, site_url: str) -> LinkTarget | None:
    """The file and anchor a URL on a page means; None when it leads out, no file when it may not be there."""
    found = _leads_to(url, posixpath.dirname(name), site_url)
    return (name, found[1]) if found and found[0] == "" else found


@lru_cache(maxsize=1 << 14)
def _leads_to(url: str, folder: str, site_url: str) -> LinkTarget | None:
    """The same from a page in a folder, with "" for that page itself; neighbours share most links."""
    base = f"{site_url.rstrip('/')}/" if site_url else ""
    # By the site's whole address, too, a link leads to a page of this build, and that can be looked up.
    if base and url.startswith(base):
        url = "/" + url.removeprefix(base)
    elif base and url.startswith(urlsplit(base).path):
        url = "/" + url.removeprefix(urlsplit(base).path)
    parts = urlsplit(url)
    if parts.scheme in {"http", "https", "mailto"}:
        return None
    if parts.scheme or parts.netloc:
        # javascript: and the like, or //host; data: is a picture, which the policy allows in pictures alone.
        return (None, "") if parts.scheme != "data" else None
    if not parts.path:
        return "", unquote(parts.fragment)
    if parts.path.startswith("/"):
        folder = ""
    path = posixpath.normpath(posixpath.join(folder, unquote(parts.path).lstrip("/")))
    # Hosts show the index of a folder.
    if parts.path.endswith("/") or path == ".":
        path = posixpath.normpath(posixpath.join(path, "index.html"))
    return path, unquote(parts.fragment)
