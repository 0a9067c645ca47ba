"""The static site: gather, plan pages, write a plain docs tree, run MkDocs, harden and verify the HTML.

The docs tree is Markdown that any generator can read; no plugin or hook of ours takes part. A build that
fails leaves the site that was there before.
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
from collections.abc import Collection, Container, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from pydantic import Field, ValidationError

from cuebook.core.environment import without_keys
from cuebook.core.errors import InvalidFiles, MissingExtra, Problem, UsageError
from cuebook.core.files import Broken, Folder, read_yaml, shape_problems
from cuebook.core.places import OwnedFolder
from cuebook.registry.guides import guide_problem
from cuebook.registry.settings import Settings
from cuebook.shapes.file_formats import FileShape
from cuebook.site import incremental
from cuebook.site.foreign import foreign_problems
from cuebook.site.html_check import Scan, Target, broken, harden, scan, targets
from cuebook.site.incremental import Kept, State, owner, stamp
from cuebook.site.pages import Catalog, Page, Site, all_pages
from cuebook.site.theme_files import ASSETS, RUNS, THEME, theme

SETTINGS = "mkdocs.yml"
MENU = ("index.md", "compare.md", "propose.md", "history.md")
"""Pages of the menu in the order people need them."""
STATE = "built.json"
SEARCH = "search/search_index.json"

_PAGE_PATH = re.compile(r"(?:[a-z0-9][a-z0-9._-]*/)*[a-z0-9][a-z0-9._-]*\.md")


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
    kept: int = 0

    def __str__(self) -> str:
        same = f", {self.kept} pages unchanged" if self.kept else ""
        return f"{self.pages} pages and {self.guides} guides in {self.seconds:.1f} s{same}"


def build(
    catalog: Catalog,
    config: Settings,
    out: Path,
    *,
    api: Path,
    published: Collection[str],
    guides: Path | None,
    work: Path,
) -> SiteSummary:
    """Build the site into ``out`` from a catalog and the files ``published`` below the folder ``api``.

    ``guides`` is the repository's ``site`` folder, ``work`` a folder for the docs tree. Raises InvalidFiles
    with every broken link, UsageError when MkDocs fails, MissingExtra without MkDocs.
    """
    started = time.monotonic()
    _ready(out)
    for name in (out.name, *_beside(out)):
        OwnedFolder(out.parent, out.parent, "--out").folder(name)
    own = _site_file(guides)
    wanted = incremental.key(config.model_dump_json(), str(out.resolve()), folder=guides)
    digests = incremental.digests(api, published)
    known = incremental.read(work / STATE, wanted, out) if (out / SEARCH).is_file() else {}
    kept = {name: found for name, found in known.items() if found.digest == digests.get(name)}
    job = _Job(catalog, config, own, out, api, published, guides, work, digests)
    try:
        made = job.run(kept)
    except UsageError:
        if not kept:
            raise
        # A guide may refer to a page that was left out; the whole build then says what is wrong, if anything.
        made = job.run({})
    (work / STATE).write_bytes(State(key=wanted, prompts=made.prompts).model_dump_json().encode())
    return SiteSummary(made.pages, made.guides, time.monotonic() - started, made.kept)


@dataclass(frozen=True, slots=True)
class _Made:
    pages: int
    guides: int
    kept: int
    prompts: dict[str, Kept]


@dataclass(frozen=True, slots=True)
class _Job:
    """One build, which can be run with pages of the last one or without."""

    catalog: Catalog
    config: Settings
    own: SiteFile
    out: Path
    api: Path
    published: Collection[str]
    guides: Path | None
    work: Path
    digests: dict[str, str]

    def run(self, kept: dict[str, Kept]) -> _Made:
        """Make the pages that are not in ``kept``, and put the site in its place."""
        config, docs, fresh = self.config, self.work / "docs", self.out.with_name(_beside(self.out)[0])
        shutil.rmtree(fresh, ignore_errors=True)
        _clear(docs, kept)
        changed = None if not kept else frozenset(self.digests) - frozenset(kept)
        site = Site(
            self.catalog,
            config.site_url,
            config.repo_url,
            config.default_branch,
            config.new_file_url,
            only=changed,
        )
        pages, top = _write_pages(all_pages(site), docs, kept)
        written = _write_guides(self.guides, docs) if self.guides else []
        shutil.copytree(THEME / "assets", docs / ASSETS)
        settings = _settings(config, self.own, top, written, docs) | _left_out(kept, changed)
        (self.work / SETTINGS).write_text(
            yaml.safe_dump(settings, sort_keys=False, allow_unicode=True), "utf-8"
        )
        carried = {name for found in kept.values() for name in found.files}
        try:
            _run_mkdocs(self.work / SETTINGS, fresh)
            _copy_published(self.api, self.published, fresh)
            for found in kept.values():
                incremental.carry(found, self.out, fresh)
            _one_index(fresh, self.out, carried)
            made = _finish(fresh, kept, config.site_url)
            _sitemap(fresh, config.site_url)
            (self.work / STATE).unlink(missing_ok=True)
            _swap(fresh, self.out)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        named = {
            name: found.model_copy(update={"digest": self.digests[name]}) for name, found in made.items()
        }
        return _Made(pages + len(carried), len(written), len(carried), {**kept, **named})


def _clear(docs: Path, kept: dict[str, Kept]) -> None:
    """Take away everything from the docs tree but the pages of the prompts that stay."""
    for path in docs.iterdir() if docs.is_dir() else ():
        inside = path.iterdir() if path.name in incremental.FOLDERS and path.is_dir() else [path]
        for item in inside:
            if item is path or item.name not in kept:
                shutil.rmtree(item) if item.is_dir() and not item.is_symlink() else item.unlink()


def _left_out(kept: dict[str, Kept], changed: frozenset[str] | None) -> dict[str, str]:
    """The setting that has the generator leave the pages of ``kept`` alone."""
    if not kept:
        return {}
    lines = [f"/{folder}/**" for folder in incremental.FOLDERS]
    lines += [f"!/{folder}/{name}/**" for folder in incremental.FOLDERS for name in sorted(changed or ())]
    return {"exclude_docs": "\n".join(lines)}


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


def _ready(out: Path) -> None:
    """Stop before anything is replaced that is not a site, and before work that cannot end well."""
    if importlib.util.find_spec("material") is None or importlib.util.find_spec("mkdocs") is None:
        raise MissingExtra("mkdocs-material", "site")
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / ASSETS).is_dir())):
        raise UsageError(f"{out} is there and is no site of ours", "name a new or empty folder")


def _write_pages(pages: Iterable[Page], docs: Path, kept: Container[str] = ()) -> tuple[int, list[Any]]:
    """Write the docs tree; how many pages, and the navigation: those at the top, of which there are few.

    Pages of the prompts in ``kept`` are passed over.
    """
    made: set[str] = set()
    top: list[Any] = []
    folders: set[Path] = set()
    for page in pages:
        if not _PAGE_PATH.fullmatch(page.path) or ".." in page.path or page.path in made:
            raise InvalidFiles([Problem(page.path, 0, "two pages have this path, or it is no safe path")])
        if owner(page.path) in kept:
            continue
        made.add(page.path)
        if "/" not in page.path:
            top.append({page.title: page.path})
        target = docs / page.path
        if target.parent not in folders:
            target.parent.mkdir(parents=True, exist_ok=True)
            folders.add(target.parent)
        target.write_bytes((front_matter(page) + page.body).encode())
    return len(made), sorted(top, key=lambda item: _place(*item.values()))


def _place(path: str) -> int:
    """Where a page stands in the menu; one of another kind comes last."""
    return MENU.index(path) if path in MENU else len(MENU)


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
    keep = {
        key: value for key, value in without_keys(os.environ).items() if not key.upper().startswith("MKDOCS")
    }
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
    old = out.with_name(_beside(out)[1])
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    fresh.rename(out)
    shutil.rmtree(old, ignore_errors=True)


def _finish(root: Path, kept: dict[str, Kept], site_url: str) -> dict[str, Kept]:
    """Harden every new page of a built site, then check every link. Raises InvalidFiles with all problems.

    Returns what there is to know of each prompt's pages; those of ``kept`` are in place and are trusted.
    """
    carried = {name for found in kept.values() for name in found.files}
    scans: dict[str, Scan] = {}
    for path in sorted(root.rglob("*.html")):
        name = path.relative_to(root).as_posix()
        if name not in carried:
            text, problems = harden(path.read_bytes().decode(), name, site_url)
            path.write_bytes(text.encode())
            scans[name] = scan(text)
            scans[name].problems += problems
            if name.startswith(_FOREIGN):
                scans[name].problems += foreign_problems(text)
    links = {name: targets(name, page, site_url) for name, page in scans.items()}
    anchors: dict[str, Container[str]] = {name: page.anchors for name, page in scans.items()}
    anchors |= {name: ids for found in kept.values() for name, ids in found.anchors.items()}
    found = [
        Problem(name, 0, problem)
        for name, page in scans.items()
        for problem in (*page.problems, *broken(root, links[name], anchors))
    ]
    found += [Problem(path, 0, "a file of this kind comes from the theme alone") for path in _strange(root)]
    for name, old in kept.items():
        found += [Problem(f"prompts/{name}", 0, said) for said in broken(root, old.links, anchors)]
    if found:
        raise InvalidFiles(found)
    return _described(root, scans, links)


_FOREIGN = ("guides/", "index.html", "404.html")
"""Pages with markup of the repository's own. What ``site/mkdocs.yml`` says is the same on every page."""


def _strange(root: Path) -> list[str]:
    """Files called like a page or a program that neither the theme has nor this build made."""
    made = {"sitemap.xml"} | {path.relative_to(root).as_posix() for path in root.rglob("*.html")}
    found = []
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.suffix.lower() in RUNS and name not in made:
            source = theme().files.get(name)
            if source is None or source.read_bytes() != path.read_bytes():
                found.append(name)
    return found


def _described(root: Path, scans: dict[str, Scan], links: dict[str, dict[str, Target]]) -> dict[str, Kept]:
    """For each prompt with new pages, these pages; the digest is left to be filled in."""
    made: dict[str, Kept] = {}
    for name, page in scans.items():
        if prompt := owner(name):
            found = made.setdefault(prompt, Kept(digest="", files={}, anchors={}, links={}))
            found.files[name] = stamp(root / name)
            found.anchors[name] = sorted(page.anchors)
            # Two folders deep or three, a URL may mean two things: what it leads to stands for it.
            found.links.update({f"{path}#{anchor}": (path, anchor) for path, anchor in links[name].values()})
    return made


def _one_index(fresh: Path, out: Path, carried: set[str]) -> None:
    """Join what search knows of carried pages to what it knows of new ones, in the order of their paths."""
    path = fresh / SEARCH
    index = json.loads(path.read_bytes())
    docs = [item for item in index["docs"] if _page_of(item) not in carried]
    if carried:
        before = json.loads((out / SEARCH).read_bytes())["docs"]
        docs += [item for item in before if _page_of(item) in carried]
    index["docs"] = sorted(docs, key=_page_of)
    path.write_bytes(json.dumps(index, ensure_ascii=False, separators=(",", ":")).encode())


def _page_of(item: dict[str, str]) -> str:
    return item["location"].partition("#")[0]


def _sitemap(root: Path, site_url: str) -> None:
    """Every page's address, without the day of the build that generators add: same pages, same bytes."""
    for name in ("sitemap.xml", "sitemap.xml.gz"):
        (root / name).unlink(missing_ok=True)
    if site_url:
        names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.html"))
        lines = [
            f"<url><loc>{site_url.rstrip('/')}/{name}</loc></url>" for name in names if name != "404.html"
        ]
        head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        (root / "sitemap.xml").write_text("\n".join([head, *lines, "</urlset>"]) + "\n", "utf-8")
