"""The static site: gather, plan pages, write a plain docs tree, run MkDocs, harden and verify the HTML.

The docs tree is Markdown that any generator can read; no plugin or hook of ours takes part. A page that
search does not look into goes there as a frame, and its markup, of which Markdown would parse every tag three
times, is put in afterwards. A build that fails leaves the site that was there before.
"""

from __future__ import annotations

import html
import importlib.util
import json
import os
import posixpath
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from pydantic import Field, ValidationError

from cuebook.core.environment import for_python
from cuebook.core.errors import InvalidFiles, MissingExtra, Problem, UsageError
from cuebook.core.files import Broken, Folder
from cuebook.core.places import OwnedFolder
from cuebook.core.shape_errors import shape_problems
from cuebook.core.yaml_files import read_yaml
from cuebook.registry.guides import guide_problem
from cuebook.registry.settings import Settings
from cuebook.shapes._fields import FileShape
from cuebook.site.feed import alternate, feed
from cuebook.site.foreign import foreign_problems
from cuebook.site.html_check import Scan, broken, harden, scan, targets
from cuebook.site.llms import LLMS, llms_txt
from cuebook.site.pages import FIND, GLOSSARY_PAGE, Page, PublishedFiles, Site, address, all_pages
from cuebook.site.pages._base import FEED
from cuebook.site.theme_files import ASSETS, RUNS, THEME, theme

SETTINGS = "mkdocs.yml"
MENU = ("index.md", "compare.md", "propose.md", "history.md")
"""Pages of the menu in the order people need them."""
SEARCH = "search/search_index.json"

_PAGE_PATH = re.compile(r"(?:[a-z0-9][a-z0-9._-]*/)*[a-z0-9][a-z0-9._-]*\.md")
_DATA_NAME = re.compile(r"[a-z0-9][a-z0-9-]*\.json")


class SiteFile(FileShape):
    """``site/mkdocs.yml`` of a repository: what it may say about its site."""

    site_name: str = "Prompts"
    site_description: str = ""
    copyright: str = ""
    nav: list[Any] | None = None
    extra: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SiteSummary:
    """What was built."""

    pages: int
    guides: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.pages} pages and {self.guides} guides in {self.seconds:.1f} s"


def build(
    catalog: PublishedFiles,
    config: Settings,
    out: Path,
    *,
    api: Path,
    published: Collection[str],
    guides: Path | None,
    work: Path,
    folder: str = "",
) -> SiteSummary:
    """Build the site into ``out`` from a catalog and the files ``published`` below the folder ``api``.

    ``guides`` is the repository's ``site`` folder, ``work`` a folder for the docs tree, ``folder`` where the
    registry is in its repository (``sub/``). Raises InvalidFiles
    with every broken link, UsageError when MkDocs fails, MissingExtra without MkDocs.
    """
    started = time.monotonic()
    _check_place(out)
    # All three are emptied or renamed below, so none may be a link to what others own.
    for name in (out.name, *_beside(out)):
        OwnedFolder(out.parent, out.parent, "--out").folder(name)
    own = _site_file(guides)
    # Beside its place, and so on the same disk: a rename puts it there at once.
    docs, fresh = work / "docs", out.with_name(_beside(out)[0])
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(docs, ignore_errors=True)
    addresses = (config.site_url, config.repo_url, config.default_branch, config.new_file_url)
    site = Site(catalog, *addresses, folder, config)
    pages, top, held = _write_pages(all_pages(site), docs)
    written = _write_guides(guides, docs) if guides else []
    shutil.copytree(THEME / "assets", docs / ASSETS)
    settings = _settings(config, own, top, written, docs)
    (work / SETTINGS).write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True), "utf-8")
    try:
        _run_mkdocs(work / SETTINGS, fresh)
        # After MkDocs, which empties its folder first.
        _copy_published(api, published, fresh)
        _sort_index(fresh)
        if config.site_url:
            text = feed(site.prompts(), config.site_url, own.site_name)
            # Before links are checked: the history's page links to it.
            (fresh / FEED).write_text(text, "utf-8", newline="\n")
        told = llms_txt(site.prompts(), config.site_url, own.site_name, written)
        (fresh / LLMS).write_text(told, "utf-8", newline="\n")
        _finish(fresh, config.site_url, held)
        _sitemap(fresh, config.site_url)
        _swap(fresh, out)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return SiteSummary(pages, len(written), time.monotonic() - started)


def _beside(out: Path) -> tuple[str, str]:
    """What the site is called while it is made, and the one before it while it is replaced."""
    return f".{out.name}.new", f".{out.name}.old"


def _copy_published(api: Path, paths: Collection[str], fresh: Path) -> None:
    """The published files, byte for byte; nothing else that may be in the folder."""
    folder = Folder(api)
    for path in sorted(paths):
        data = folder.read(path)
        if data is None:
            raise InvalidFiles([Problem(path, 0, "the published file is missing", "cuebook publish")])
        target = fresh / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def _check_place(out: Path) -> None:
    """Stop before anything is replaced that is not a site, and before work that cannot end well."""
    if importlib.util.find_spec("material") is None or importlib.util.find_spec("mkdocs") is None:
        raise MissingExtra("mkdocs-material", "site")
    # The folder is removed in the end: a wrong --out must not cost somebody's files.
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / ASSETS).is_dir())):
        raise UsageError(f"{out} exists and is not a site that Cuebook built", "name a new or empty folder")


def _write_pages(pages: Iterable[Page], docs: Path) -> tuple[int, list[Any], dict[str, list[str]]]:
    """Write the docs tree.

    Returns how many pages, the navigation (those at the top, of which there are few), and the markup held
    back, by the name of the built page.
    """
    made: set[str] = set()
    held: dict[str, list[str]] = {}
    top: list[Any] = []
    folders: set[Path] = set()
    for page in pages:
        # Names of prompts and suites come from published files, which others may have written.
        if not _PAGE_PATH.fullmatch(page.path) or ".." in page.path or page.path in made:
            raise InvalidFiles([Problem(page.path, 0, "two pages have this path, or it is not a safe path")])
        made.add(page.path)
        # The search has its field at the top of each page, so it needs no entry of the menu.
        if "/" not in page.path and page.path != FIND:
            top.append({page.title: page.path})
        target = docs / page.path
        if target.parent not in folders:
            target.parent.mkdir(parents=True, exist_ok=True)
            folders.add(target.parent)
        body, held[address(page.path)] = _frame(page)
        target.write_bytes((front_matter(page) + body).encode())
        for name, text in page.files.items():
            beside = posixpath.join(posixpath.dirname(page.path), name)
            # JSON alone: what a page's policy allows are scripts from the site itself.
            if not _DATA_NAME.fullmatch(name) or beside in made:
                raise InvalidFiles([Problem(beside, 0, "two files have this path, or it is not a safe path")])
            made.add(beside)
            (docs / beside).write_text(text, "utf-8", newline="\n")

    def place(item: dict[str, str]) -> int:
        (path,) = item.values()
        return MENU.index(path) if path in MENU else len(MENU)

    return len(held), sorted(top, key=place), held


_BETWEEN_HEADINGS = re.compile(r"(?:^(?!## ).*\n?)+", re.MULTILINE)
"""All but our own headings, which the generator lists; text of others has no # that is not encoded."""


def _hole(at: int) -> str:
    """What stands in a frame for markup held back. The theme gives a page without h1 one of its own."""
    return f"<!--<h1 cb-hole-{at}-->"


def _frame(page: Page) -> tuple[str, list[str]]:
    """What Markdown sees of a page, and what belongs into each hole of it."""
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        held.append(found[0])
        return f"\n\n{_hole(len(held) - 1)}\n\n"

    return (page.body if page.search else _BETWEEN_HEADINGS.sub(hold, page.body)), held


def _filled(text: str, held: Sequence[str]) -> str:
    """A built page with the markup that was held back."""
    for at, part in enumerate(held):
        before, hole, after = text.partition(_hole(at))
        if not hole:
            raise UsageError("mkdocs lost a part of a page", "report this, with the version of mkdocs")
        text = before + part.strip("\n") + after
    return text


def front_matter(page: Page) -> str:
    """Return the head of a page's file in JSON, which is YAML, too. Texts are entities: themes print them."""
    head: dict[str, Any] = {"title": html.escape(" ".join(page.title.split()))}
    if page.description:
        head["description"] = html.escape(" ".join(page.description.split()))
    head["hide"] = ["navigation", "toc"] if page.wide else ["navigation"]
    if not page.search:
        head["search"] = {"exclude": True}
    return f"---\n{json.dumps(head)}\n---\n\n"


def _write_guides(folder: Path, docs: Path) -> list[str]:
    """Copy ``guides/`` of the repository's site folder; links are refused. Returns the Markdown files."""
    tree = Folder(folder)
    written = []
    for path in tree.paths("guides"):
        data = tree.read(path)
        # A link would publish whatever it leads to on the machine that builds.
        if data is None or tree.is_link(path):
            raise InvalidFiles(
                [Problem(f"site/{path}", 0, "not a regular file", "replace the link by a copy")]
            )
        if guide_problem(path, data):
            continue  # check says what is wrong with it
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
    config: Settings, own: SiteFile, top: list[Any], guides: list[str], docs: Path
) -> dict[str, Any]:
    """The whole of MkDocs' settings: the package's, the repository's, and what follows from both."""
    made: dict[str, Any] = yaml.safe_load((THEME / SETTINGS).read_bytes())
    made["theme"]["custom_dir"] = str(THEME / "overrides")
    made["site_name"] = own.site_name
    made["site_description"] = own.site_description
    made["docs_dir"] = str(docs.resolve())
    made["extra"] |= own.extra
    nav = own.nav
    if nav is None:
        ordered = sorted(guides, key=lambda path: (posixpath.basename(path) != "index.md", path))
        nav = [{"Guides": [*ordered, {"Glossary": GLOSSARY_PAGE}]}] if ordered else []
    made["nav"] = [*top, *nav]
    if own.copyright:
        made["copyright"] = own.copyright
    if config.site_url:
        made["site_url"] = f"{config.site_url.rstrip('/')}/"
    if config.repo_url:
        made["repo_url"] = config.repo_url
        made["repo_name"] = urlsplit(config.repo_url).path.strip("/") or config.repo_url
        # MkDocs would make one of the address of a known host, and no page here is a file of the repository.
        made["edit_uri"] = ""
    return made


def _run_mkdocs(settings: Path, target: Path) -> None:
    # Both banners are about the future of the generator, which our users did not choose.
    quiet = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true", "PYTHONUTF8": "1"}
    # -P: no module that lies in the work folder is imported. --strict: a guide's lost link ends the build.
    command = ["-P", "-m", "mkdocs", "build", "--strict"]
    places = ["--config-file", str(settings.resolve()), "--site-dir", str(target.resolve())]
    done = subprocess.run(
        [sys.executable, *command, *places],
        env={**for_python(os.environ), **quiet},
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
    # Renames, not copies: nobody reads half a site, and one that is stopped here has lost nothing.
    old = out.with_name(_beside(out)[1])
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    fresh.rename(out)
    shutil.rmtree(old, ignore_errors=True)


def _finish(root: Path, site_url: str, held: Mapping[str, Sequence[str]]) -> None:
    """Complete and harden every page and check its links. Raises InvalidFiles with every problem."""
    scans: dict[str, Scan] = {}
    for path in sorted(root.rglob("*.html")):
        name = path.relative_to(root).as_posix()
        # Filled first: markup that was held back is hardened and checked like all other.
        text, problems = harden(_filled(path.read_bytes().decode(), held.get(name, ())), name, site_url)
        head = f"{alternate(site_url)}</head>" if site_url else "</head>"
        path.write_bytes(text.replace("</head>", head, 1).encode())
        scans[name] = scan(text)
        scans[name].problems += problems
        if name.startswith(_FOREIGN):
            scans[name].problems += foreign_problems(text)
    anchors: dict[str, Container[str]] = {name: page.anchors for name, page in scans.items()}
    found = [
        Problem(name, 0, problem)
        for name, page in scans.items()
        for problem in (*page.problems, *broken(root, targets(name, page, site_url), anchors))
    ]
    found += [
        Problem(path, 0, "a file of this kind comes from the theme alone") for path in _strange(root, scans)
    ]
    if found:
        raise InvalidFiles(found)


_FOREIGN = ("guides/", "index.html", "404.html")
"""Pages with markup of the repository's own. What ``site/mkdocs.yml`` says is the same on every page."""


def _strange(root: Path, pages: Container[str]) -> list[str]:
    """Files called like a page or a program that neither the theme has nor this build made."""
    found = []
    for folder, _, files in os.walk(root):
        for name in files:
            path = Path(folder, name)
            # Data and pictures of guides were looked at before (registry/guides.py), and nothing runs them.
            if path.suffix.lower() not in RUNS:
                continue
            place = path.relative_to(root).as_posix()
            source = theme().files.get(place)
            is_the_themes = source is not None and source.read_bytes() == path.read_bytes()
            if not (place in pages or place in {"sitemap.xml", FEED} or is_the_themes):
                found.append(place)
    return sorted(found)


def _sort_index(fresh: Path) -> None:
    """What search knows, in the order of the pages' paths: same pages, same bytes."""
    path = fresh / SEARCH
    index = json.loads(path.read_bytes())
    index["docs"].sort(key=lambda item: item["location"].partition("#")[0])
    path.write_bytes(json.dumps(index, ensure_ascii=False, separators=(",", ":")).encode())


def _sitemap(root: Path, site_url: str) -> None:
    """Every page's address, without the day of the build that generators add: same pages, same bytes."""
    for name in ("sitemap.xml", "sitemap.xml.gz"):
        (root / name).unlink(missing_ok=True)
    if site_url:
        # Our pages, too, which are not in the menu; what hosts show for wrong addresses is no page to find.
        names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.html"))
        lines = [
            f"<url><loc>{site_url.rstrip('/')}/{name}</loc></url>" for name in names if name != "404.html"
        ]
        head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        (root / "sitemap.xml").write_text("\n".join([head, *lines, "</urlset>"]) + "\n", "utf-8")
