from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cuebook.core.errors import InvalidFiles
from cuebook.registry.settings import Settings
from cuebook.site import build as site
from cuebook.site import incremental
from fixtures.site_catalog import FakeCatalog, artifact, catalog, move, verdict

CONFIG = Settings(site_url="https://s.example.org/team/")
GUIDE = "# A\n\nSee [the prompt](../prompts/qa-assistant/index.md#versions).\n"


def tree(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file()
    }


def build(made: FakeCatalog, folder: Path, work: str = "work", config: Settings = CONFIG) -> site.SiteSummary:
    shutil.rmtree(folder / "published", ignore_errors=True)
    api = made.write(folder / "published")
    guides = folder / "own"
    (guides / "guides").mkdir(parents=True, exist_ok=True)
    if not (guides / "guides/a.md").exists():
        (guides / "guides/a.md").write_text(GUIDE)
    return site.build(
        made,
        config,
        folder / work / "site",
        api=api,
        published=made.paths,
        guides=guides,
        work=folder / work,
    )


def new_version(made: FakeCatalog) -> None:
    versions = [made.versions["ticket-triage", n] for n in (1, 2)]
    made.add(
        "ticket-triage",
        [*versions, artifact("ticket-triage", 3, "Third", template="Sort {{body}}")],
        [verdict("ticket-triage", 3, "fail")],
        aliases={"production": 3},
        moves=[move("production", 2, 3)],
        tags=["new"],
    )


def new_prompt(made: FakeCatalog) -> None:
    made.add("another", [artifact("another", 1, "First", template="x")])


def no_prompt(made: FakeCatalog) -> None:
    del made.prompts["release-notes"]
    for key in [key for key in made.versions if key[0] == "release-notes"]:
        del made.versions[key]


def nothing(made: FakeCatalog) -> None:
    """The same again."""


@pytest.mark.parametrize("change", [new_version, new_prompt, no_prompt, nothing])
def test_building_what_changed_gives_the_bytes_of_a_whole_build(
    tmp_path: Path, change: Callable[[FakeCatalog], None]
) -> None:
    made = catalog()
    first = build(made, tmp_path)
    assert first.kept == 0
    change(made)
    second = build(made, tmp_path)
    assert second.kept > 15
    whole = build(made, tmp_path, "elsewhere")
    assert whole.kept == 0
    assert whole.pages == second.pages - 0
    assert tree(tmp_path / "work/site") == tree(tmp_path / "elsewhere/site")


@pytest.fixture
def small(tmp_path: Path) -> FakeCatalog:
    made = FakeCatalog()
    for name in ("qa-assistant", "two"):
        made.add(name, [artifact(name, 1, "First", template=f"Hello {name}")])
    build(made, tmp_path)
    return made


def test_a_page_that_was_touched_is_made_again(tmp_path: Path, small: FakeCatalog) -> None:
    before = tree(tmp_path / "work/site")
    page = tmp_path / "work/site/prompts/two/v1.html"
    page.write_text("by hand")
    assert build(small, tmp_path).kept == 2
    assert tree(tmp_path / "work/site") == before
    page.unlink()
    assert build(small, tmp_path).kept == 2
    assert tree(tmp_path / "work/site") == before


def test_settings_and_guides_change_every_page(tmp_path: Path, small: FakeCatalog) -> None:
    assert build(small, tmp_path).kept == 4
    (tmp_path / "own/guides/a.md").write_text(GUIDE.replace("# A", "# B"))
    assert build(small, tmp_path).kept == 0
    assert build(small, tmp_path, config=Settings(site_url="https://other.example.org/")).kept == 0


@pytest.mark.parametrize("text", ["", "{", '{"key": 1}', "[]"])
def test_a_state_that_cannot_be_read_means_a_whole_build(
    tmp_path: Path, small: FakeCatalog, text: str
) -> None:
    (tmp_path / "work" / site.STATE).write_text(text)
    assert build(small, tmp_path).kept == 0


def test_a_guide_s_link_to_a_page_that_vanished_is_still_found(tmp_path: Path, small: FakeCatalog) -> None:
    del small.prompts["qa-assistant"]
    del small.versions["qa-assistant", 1]
    with pytest.raises((site.UsageError, InvalidFiles), match="qa-assistant"):
        build(small, tmp_path)


@pytest.mark.parametrize(
    ("path", "prompt"),
    [
        ("prompts/qa/index.html", "qa"),
        ("reports/qa/v1/x.md", "qa"),
        ("prompts/qa.md", None),
        ("index.md", None),
        ("guides/prompts/x.md", None),
    ],
)
def test_pages_below_a_prompt_s_folders_are_its_own(path: str, prompt: str | None) -> None:
    assert incremental.owner(path) == prompt


def test_carried_pages_keep_their_time_where_links_cannot_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(incremental.os, "link", refuse)
    (tmp_path / "old/prompts/a").mkdir(parents=True)
    page = tmp_path / "old/prompts/a/v1.html"
    page.write_text("x")
    kept = incremental.Kept(
        digest="", files={"prompts/a/v1.html": incremental.stamp(page)}, anchors={}, links={}
    )
    incremental.carry(kept, tmp_path / "old", tmp_path / "new")
    assert incremental.stamp(tmp_path / "new/prompts/a/v1.html") == incremental.stamp(page)
