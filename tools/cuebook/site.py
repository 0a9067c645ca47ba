"""The static site: gather, plan pages, write a plain docs tree, run MkDocs, harden and verify the HTML.

The docs tree is Markdown that any generator can read; no plugin or hook of ours takes part. A build that
fails leaves the site that was there before.
"""

from __future__ import annotations

import base64
import hashlib
import html
import importlib.util
import os
import posixpath
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml
from pydantic import Field, ValidationError

from cuebook.errors import InvalidFiles, MissingExtra, Problem, UsageError
from cuebook.files import Broken, Folder, read_yaml, shape_problems
from cuebook.pages import Catalog, Page, Site, all_pages
from cuebook.published import ROOT
from cuebook.schema import ConfigFile, Shape

THEME = Path(__file__).parent / "theme"
ASSETS = "assets/cuebook"
SETTINGS = "mkdocs.yml"
HOME = "index.md"

_PAGE_PATH = re.compile(r"(?:[a-z0-9][a-z0-9._-]*/)*[a-z0-9][a-z0-9._-]*\.md")
_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<([a-z][a-z0-9-]*)([^>\"']*(?:(?:\"[^\"]*\"|'[^']*')[^>\"']*)*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([^\s=\"'/]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_FORBIDDEN = re.compile(r"(?:^|\s)(on[a-z]+|style|srcdoc)\s*=", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")

KNOWN_SCRIPTS = (
    "__md_scope=new URL(",
    'var palette=__md_get("__palette")',
    "var target=document.getElementById(location.hash",
)
"""How Material's own inline scripts begin; only they are allowed to run."""

POLICY = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'self'; "
    "object-src 'none'"
)


class SiteFile(Shape):
    """``site/mkdocs.yml`` of a repository: what it may say about its site."""

    site_name: str = "Prompts"
    site_description: str = ""
    copyright: str = ""
    nav: list[Any] | None = None
    extra: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Summary:
    """What was built."""

    pages: int
    guides: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.pages} pages and {self.guides} guides in {self.seconds:.1f} s"


def build(
    catalog: Catalog, config: ConfigFile, out: Path, *, api: Path, guides: Path | None, work: Path
) -> Summary:
    """Build the site into ``out`` from a catalog and the published folder ``api`` (which holds ``api/v1``).

    ``guides`` is the repository's ``site`` folder, ``work`` a folder for the docs tree. Raises InvalidFiles
    with every broken link, UsageError when MkDocs fails, MissingExtra without MkDocs.
    """
    started = time.monotonic()
    _ready(out)
    docs, fresh = work / "docs", out.with_name(f".{out.name}.new")
    for folder in (docs, fresh):
        shutil.rmtree(folder, ignore_errors=True)
    site = Site(catalog, config.site_url, config.repo_url, config.default_branch)
    pages, top = _write_pages(all_pages(site), docs)
    written = _write_guides(guides, docs) if guides else []
    shutil.copytree(THEME / "assets", docs / ASSETS)
    settings = _settings(config, _site_file(guides), top, written, docs)
    (work / SETTINGS).write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True), "utf-8")
    try:
        _run_mkdocs(work / SETTINGS, fresh)
        shutil.copytree(api / ROOT, fresh / ROOT)
        _finish(fresh, config.site_url)
        _swap(fresh, out)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return Summary(pages, len(written), time.monotonic() - started)


def _ready(out: Path) -> None:
    """Stop before anything is replaced that is not a site, and before work that cannot end well."""
    if importlib.util.find_spec("material") is None or importlib.util.find_spec("mkdocs") is None:
        raise MissingExtra("mkdocs-material", "site")
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / ASSETS).is_dir())):
        raise UsageError(f"{out} is there and is no site of ours", "name a new or empty folder")


def _write_pages(pages: Iterable[Page], docs: Path) -> tuple[int, list[Any]]:
    """Write the docs tree; how many pages, and the navigation: those at the top, of which there are few."""
    made: set[str] = set()
    top: list[Any] = []
    folders: set[Path] = set()
    for page in pages:
        if not _PAGE_PATH.fullmatch(page.path) or ".." in page.path or page.path in made:
            raise InvalidFiles([Problem(page.path, 0, "two pages have this path, or it is no safe path")])
        made.add(page.path)
        if "/" not in page.path:
            top.append({page.title: page.path})
        target = docs / page.path
        if target.parent not in folders:
            target.parent.mkdir(parents=True, exist_ok=True)
            folders.add(target.parent)
        target.write_bytes((front_matter(page) + page.body).encode())
    return len(made), sorted(top, key=lambda item: HOME not in item.values())


def front_matter(page: Page) -> str:
    """The head of a page's file, written by a YAML dumper. Texts are entities: themes print them raw."""
    head: dict[str, Any] = {"title": html.escape(" ".join(page.title.split()))}
    if page.description:
        head["description"] = html.escape(" ".join(page.description.split()))
    head["hide"] = ["navigation", "toc"] if page.wide else ["navigation"]
    if not page.search:
        head["search"] = {"exclude": True}
    return f"---\n{yaml.dump(head, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)}---\n\n"


def _write_guides(folder: Path, docs: Path) -> list[str]:
    """Copy ``guides/`` of the repository's site folder; links are refused. Returns the Markdown files."""
    tree = Folder(folder)
    written = []
    for path in tree.paths("guides"):
        data = tree.read(path)
        if data is None or tree.is_link(path):
            raise InvalidFiles(
                [Problem(f"site/{path}", 0, "not a regular file", "replace the link by a copy")]
            )
        target = docs / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        if path.endswith(".md"):
            written.append(path)
    return written


def _site_file(guides: Path | None) -> SiteFile:
    data = Folder(guides).read(SETTINGS) if guides else None
    if data is None:
        return SiteFile()
    path = f"site/{SETTINGS}"
    try:
        document = read_yaml(data, path)
        return SiteFile.model_validate(document.data)
    except Broken as broken:
        raise InvalidFiles([broken.problem]) from None
    except ValidationError as error:
        known = list(SiteFile.model_fields)
        raise InvalidFiles(shape_problems(error, path, document.line, lambda _: known)) from None


def _settings(
    config: ConfigFile, own: SiteFile, top: list[Any], guides: list[str], docs: Path
) -> dict[str, Any]:
    """The whole of MkDocs' settings: the package's, the repository's, and what follows from both."""
    made: dict[str, Any] = yaml.safe_load((THEME / SETTINGS).read_bytes())
    made["theme"]["custom_dir"] = str(THEME / "overrides")
    made["site_name"] = own.site_name
    made["site_description"] = own.site_description
    made["docs_dir"] = str(docs.resolve())
    made["extra"] |= own.extra
    made["nav"] = [*top, *(own.nav if own.nav is not None else _guide_nav(guides))]
    if own.copyright:
        made["copyright"] = own.copyright
    if config.site_url:
        made["site_url"] = f"{config.site_url.rstrip('/')}/"
    if config.repo_url:
        made["repo_url"] = config.repo_url
        made["repo_name"] = urlsplit(config.repo_url).path.strip("/") or config.repo_url
        made["edit_uri"] = ""
    return made


def _guide_nav(guides: list[str]) -> list[Any]:
    ordered = sorted(guides, key=lambda path: (posixpath.basename(path) != "index.md", path))
    return [{"Guides": ordered}] if ordered else []


def _run_mkdocs(settings: Path, target: Path) -> None:
    keep = {key: value for key, value in os.environ.items() if not key.upper().startswith("MKDOCS")}
    keep.pop("PYTHONWARNINGS", None)
    # Both banners are about the future of the generator, which our users did not choose.
    quiet = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true", "PYTHONUTF8": "1"}
    command = ["-P", "-m", "mkdocs", "build", "--strict"]
    places = ["--config-file", str(settings.resolve()), "--site-dir", str(target.resolve())]
    done = subprocess.run(
        [sys.executable, *command, *places],
        env={**keep, **quiet},
        cwd=settings.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        # Not --quiet: it would hide the warnings from --strict, too.
        lines = done.stdout.decode("utf-8", "replace").splitlines()
        said = "\n".join(line for line in lines if not line.startswith("INFO"))
        raise UsageError(
            f"mkdocs could not build the site:\n{said}", "fix the guide or site/mkdocs.yml named above"
        )


def _swap(fresh: Path, out: Path) -> None:
    old = out.with_name(f".{out.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    fresh.rename(out)
    shutil.rmtree(old, ignore_errors=True)


@dataclass
class _Scan:
    """What one HTML file offers and asks for."""

    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def _finish(root: Path, site_url: str) -> None:
    """Harden every page of a built site, then check every link. Raises InvalidFiles with all problems."""
    scans: dict[str, _Scan] = {}
    for path in sorted(root.rglob("*.html")):
        name = path.relative_to(root).as_posix()
        text, problems = harden(path.read_bytes().decode())
        path.write_bytes(text.encode())
        scans[name] = scan(text)
        scans[name].problems += problems
    found = [
        Problem(name, 0, problem)
        for name, page in scans.items()
        for problem in (*page.problems, *_broken(root, name, page, scans, site_url))
    ]
    if found:
        raise InvalidFiles(found)


def harden(text: str) -> tuple[str, list[str]]:
    """A page with its content security policy and a name for the search dialog, and what may not be there."""
    hashes, problems = [], []
    for attributes, script in _SCRIPT.findall(text):
        if re.search(r"\bsrc\s*=|application/json", attributes):
            continue
        if script.startswith(KNOWN_SCRIPTS):
            digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
            hashes.append(f"'sha256-{digest}'")
        else:
            problems.append(f"an inline script is not one of the theme's: {script.strip()[:60]!r}")
    policy = POLICY.format(scripts=" ".join(dict.fromkeys(hashes)))
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    text = text.replace('<meta charset="utf-8">', f'<meta charset="utf-8">{meta}', 1)
    if meta not in text:
        problems.append("the page has no place for its content security policy")
    dialog = 'data-md-component="search" role="dialog"'
    return text.replace(dialog, f'{dialog} aria-label="Search"', 1), problems


def scan(text: str) -> _Scan:
    """Anchors and links of a page, and attributes that a policy without inline code forbids."""
    found = _Scan()
    bare = _SCRIPT.sub(lambda match: f"<script{match[1]}></script>", text)
    for name, attributes in dict.fromkeys(_TAG.findall(bare)):
        if attributes:
            forbidden, anchors, links = _attributes(name, attributes)
            found.anchors.update(anchors)
            found.links.extend(links)
            if forbidden:
                said = f"<{name}> has the attribute {forbidden}, which the page's policy forbids"
                found.problems.append(said)
    return found


@lru_cache(maxsize=1 << 16)
def _attributes(name: str, attributes: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """A forbidden attribute, anchors and links of a tag; most tags of a site are the same on every page."""
    anchors, links = [], []
    for key, *values in _ATTRIBUTE.findall(attributes):
        value = html.unescape("".join(values))
        if key == "id" or (key == "name" and name == "a"):
            anchors.append(value)
        elif key in {"href", "src"}:
            links.append(value)
    forbidden = _FORBIDDEN.search(_QUOTED.sub('""', attributes))
    return forbidden[1] if forbidden else "", tuple(anchors), tuple(links)


def _broken(root: Path, name: str, page: _Scan, scans: dict[str, _Scan], site_url: str) -> Iterator[str]:
    for url in dict.fromkeys(page.links):
        target = _internal(url, name, site_url)
        if target is None:
            continue
        path, anchor = target
        if path is None:
            yield f"the link {url!r} leads nowhere: only http, https and mailto are followed"
        elif path in scans:
            if anchor and anchor not in scans[path].anchors:
                yield f"the link {url!r} names the anchor {anchor!r}, which {path} does not have"
        elif path.startswith("../") or not (root / path).is_file():
            yield f"the link {url!r} leads to {path}, which is not there"


def _internal(url: str, name: str, site_url: str) -> tuple[str | None, str] | None:
    """The file and anchor a URL on a page means; None when it leads out, no file when it may not be there."""
    base = f"{site_url.rstrip('/')}/" if site_url else ""
    if base and url.startswith(base):
        url = "/" + url.removeprefix(base)
    elif base and url.startswith(urlsplit(base).path):
        url = "/" + url.removeprefix(urlsplit(base).path)
    parts = urlsplit(url)
    if parts.scheme in {"http", "https", "mailto"}:
        return None
    if parts.scheme or parts.netloc:
        return (None, "") if parts.scheme != "data" else None
    folder = "" if parts.path.startswith("/") else posixpath.dirname(name)
    path = posixpath.normpath(posixpath.join(folder, unquote(parts.path).lstrip("/"))) if parts.path else name
    if parts.path.endswith("/") or path == ".":
        path = posixpath.normpath(posixpath.join(path, "index.html"))
    return path, unquote(parts.fragment)


class _Handler(SimpleHTTPRequestHandler):
    """Files of the site, never a listing of a folder."""

    def list_directory(self, path: str | os.PathLike[str]) -> None:  # noqa: ARG002  a base class's signature
        self.send_error(404, "No such page")

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name is the base class's
        """Say nothing of each request."""


def server(out: Path, port: int) -> ThreadingHTTPServer:
    """A server of the built site on this machine only; port 0 picks a free one. Raises UsageError."""
    if not (out / "index.html").is_file():
        raise UsageError(f"there is no site in {out}", "cuebook site build")
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, directory=str(out)))
    except OSError as error:
        raise UsageError(
            f"port {port} cannot be used: {error.strerror}", "cuebook site serve --port 0"
        ) from None


def serve(out: Path, port: int) -> None:
    """Serve the built site until interrupted. Raises UsageError."""
    with server(out, port) as running:
        sys.stderr.write(f"serving {out} at http://127.0.0.1:{running.server_address[1]}/ (Ctrl+C stops)\n")
        running.serve_forever()
