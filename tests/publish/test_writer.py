from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

import cuebook.publish.writer as module
from build import commit, write
from cuebook.core.canonical import behaviour, digest
from cuebook.core.errors import UPGRADE, PublishConflict
from cuebook.core.files import Folder, write_atomic
from cuebook.publish.artifacts import read_catalog
from cuebook.publish.writer import checksums, kind_of, publish
from cuebook.registry.reader import Registry
from cuebook.shapes.verdict import Ruling, SecondRuling
from publishing import plan, publish_to, verdict

VERSION_1 = "api/v1/prompts/qa/versions/1.json"
VERSION_2 = "api/v1/prompts/qa/versions/2.json"
PRODUCTION = "api/v1/prompts/qa/aliases/production.json"
PROMPT = "api/v1/prompts/qa/index.json"
INDEX = "api/v1/index.json"
VERDICT = "api/v1/evaluations/qa/2/qa.json"
OTHER = "message: Other\nmodel: offline/rules\ntemplate: x\n"


def state(out: Path) -> dict[str, tuple[bytes, int]]:
    """Bytes and time of every file."""
    return {
        path: ((out / path).read_bytes(), (out / path).stat().st_mtime_ns) for path in Folder(out).paths()
    }


def age(out: Path) -> None:
    """Make every file old, so that a new time shows."""
    for path in Folder(out).paths():
        os.utime(out / path, ns=(1, 1))


@pytest.fixture
def out(registry: Path, tmp_path: Path) -> Path:
    """The small registry, published, with a file of somebody else beside it."""
    folder = write(tmp_path / "out", {"index.html": "<p>", "api/v1/notes.txt": "mine"})
    second = Registry(Folder(registry)).version("qa", 2)
    publish(plan(registry, verdict(second)), folder)
    age(folder)
    return folder


def second(registry: Path) -> Any:
    return Registry(Folder(registry)).version("qa", 2)


def test_a_tombstone_takes_the_place_of_a_version_once_and_for_good(registry: Path, out: Path) -> None:
    files, gone = plan(registry), json.dumps({"schema": "cuebook/erased/1", "erased": True}).encode()
    tombstone = {**files, VERSION_2: gone}
    assert VERSION_2 in publish(tombstone, out).written
    assert VERSION_2 in publish(tombstone, out).unchanged
    assert VERSION_2 in publish({**files, VERSION_2: gone + b" "}, out).kept
    with pytest.raises(PublishConflict, match="erased"):
        publish(files, out)


def test_everything_planned_is_written(registry: Path, tmp_path: Path) -> None:
    files = plan(registry)
    summary = publish(files, tmp_path / "out")
    assert set(summary.written) == set(files)
    assert (summary.unchanged, summary.kept, summary.removed) == ((), (), ())
    assert {path: (tmp_path / "out" / path).read_bytes() for path in files} == files


def test_publishing_again_writes_nothing(registry: Path, out: Path) -> None:
    before = state(out)
    files = plan(registry, verdict(second(registry)))
    summary = publish(files, out)
    assert summary.written == ()
    assert set(summary.unchanged) == set(files)
    assert state(out) == before


def test_a_new_version_and_a_move_touch_only_what_they_change(registry: Path, out: Path) -> None:
    write(registry, {"prompts/qa/v3.prompt.yml": OTHER, "prompts/qa/aliases.yml": "production: 3\n"})
    summary = publish(plan(registry, verdict(second(registry))), out)
    assert set(summary.written) == {
        "api/v1/prompts/qa/versions/3.json",
        "api/v1/prompts/qa/aliases/latest.json",
        PRODUCTION,
        PROMPT,
        INDEX,
        "api/v1/texts.json",
    }
    assert summary.written[-1] == INDEX
    assert (out / VERSION_1).stat().st_mtime_ns == 1


def test_an_alias_that_is_gone_is_removed(registry: Path, out: Path) -> None:
    write(registry, {"prompts/qa/aliases.yml": "staging: 1\n"})
    summary = publish(plan(registry), out)
    assert summary.removed == (PRODUCTION,)
    assert not (out / PRODUCTION).exists()
    assert (out / "api/v1/prompts/qa/aliases/staging.json").exists()


def test_nothing_of_anybody_else_is_touched(registry: Path, out: Path) -> None:
    (registry / "prompts/qa/aliases.yml").unlink()
    publish(plan(registry), out)
    assert (out / "index.html").read_text() == "<p>"
    assert (out / "api/v1/notes.txt").read_text() == "mine"


def test_verdicts_stay_published_when_they_are_no_longer_planned(registry: Path, out: Path) -> None:
    publish(plan(registry), out)
    assert (out / VERDICT).exists()


def test_a_version_with_other_commit_data_keeps_its_bytes(registry: Path, out: Path) -> None:
    before = state(out)[VERSION_1]
    commit(registry, "Now it has an author")
    summary = publish(plan(registry, verdict(second(registry))), out)
    assert set(summary.kept) == {VERSION_1, VERSION_2}
    assert state(out)[VERSION_1] == before
    assert PROMPT in summary.written


def edited(registry: Path, old: str, new: str, version: str = "v1") -> None:
    path = registry / f"prompts/qa/{version}.prompt.yml"
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("Answer the question", "Do not answer", "would get sha256:"),
        ("offline/rules", "openai/gpt-4o", "would get sha256:"),
        ("message: First", "message: Fist", "published with the message 'First', would get 'Fist'"),
    ],
)
def test_a_published_version_cannot_change(registry: Path, out: Path, old: str, new: str, says: str) -> None:
    edited(registry, old, new)
    write(registry, {"prompts/qa/v3.prompt.yml": OTHER})
    before = state(out)
    with pytest.raises(PublishConflict) as caught:
        publish(plan(registry), out)
    assert f"{VERSION_1}: " in str(caught.value)
    assert says in str(caught.value)
    assert "cuebook new" in caught.value.hint
    assert state(out) == before


def test_a_published_version_cannot_vanish(registry: Path, out: Path) -> None:
    (registry / "prompts/qa/v2.prompt.yml").unlink()
    before = state(out)
    with pytest.raises(PublishConflict, match="would disappear"):
        publish(plan(registry), out)
    assert state(out) == before


def test_a_published_prompt_cannot_vanish(registry: Path, out: Path) -> None:
    for path in (registry / "prompts/qa").iterdir():
        path.unlink()
    with pytest.raises(PublishConflict) as caught:
        publish(plan(registry), out)
    assert str(caught.value).count("would disappear") == 2


def test_a_draft_may_change_and_vanish(registry: Path, out: Path) -> None:
    lasting = {VERSION_1}
    edited(registry, "Short answers", "Another", "v2")
    publish(plan(registry), out, lasting=lasting)
    assert b"Another" in (out / "api/v1/prompts/qa/versions/2.json").read_bytes()
    assert (out / "api/v1/evaluations/qa/2/qa.json").is_file()
    (registry / "prompts/qa/v2.prompt.yml").unlink()
    assert len(publish(plan(registry), out, lasting=lasting).removed) == 2
    assert not (out / "api/v1/evaluations/qa/2/qa.json").exists()
    edited(registry, "Answer", "Reply")
    with pytest.raises(PublishConflict, match="would get"):
        publish(plan(registry), out, lasting=lasting)


def test_a_prompt_that_was_a_draft_leaves_nothing(registry: Path, out: Path) -> None:
    for path in (registry / "prompts/qa").iterdir():
        path.unlink()
    publish(plan(registry), out, lasting=())
    left = [path for path in Folder(out).paths("api") if "schemas" not in path]
    assert left == [
        f"api/v1/{name}" for name in ("events.json", "index.json", "moves.csv", "notes.txt", "texts.json")
    ]


def test_every_conflict_is_told_at_once(registry: Path, out: Path) -> None:
    edited(registry, "Answer", "Reply")
    (registry / "prompts/qa/v2.prompt.yml").unlink()
    with pytest.raises(PublishConflict) as caught:
        publish(plan(registry), out)
    assert VERSION_1 in str(caught.value)
    assert VERSION_2 in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"<html>", b"[]", b"{}", b'{"digest": 3, "inputs": []}'])
def test_a_damaged_published_version_is_a_conflict(registry: Path, out: Path, data: bytes) -> None:
    write(out, {VERSION_1: data})
    with pytest.raises(PublishConflict, match="damaged"):
        publish(plan(registry), out)


def test_a_published_version_that_somebody_changed_is_a_conflict(registry: Path, out: Path) -> None:
    found = json.loads((out / VERSION_1).read_bytes()) | {"model": "openai/gpt-4o"}
    write(out, {VERSION_1: json.dumps(found)})
    with pytest.raises(PublishConflict, match="not what its own digest says"):
        publish(plan(registry), out)
    found["digest"] = digest(behaviour(found))
    write(out, {VERSION_1: json.dumps(found)})
    with pytest.raises(PublishConflict, match="would get"):
        publish(plan(registry), out)


@pytest.mark.parametrize(
    ("path", "change", "code"),
    [
        (VERDICT, {"causes": [{"code": "brand_new_code"}]}, "causes.0.code"),
        (PRODUCTION, {"state": "brand_new_code"}, "state"),
        (PROMPT, {"kind": "brand_new_code"}, "kind"),
    ],
)
def test_what_says_a_code_of_a_newer_release_is_not_replaced(
    registry: Path, out: Path, path: str, change: dict[str, Any], code: str
) -> None:
    found = json.loads((out / path).read_bytes()) | change
    write(out, {path: json.dumps(found)})
    before = state(out)
    with pytest.raises(PublishConflict) as caught:
        publish(plan(registry, verdict(second(registry))), out)
    said = f"{path}: holds {found['schema']} with {code} 'brand_new_code', which only a newer Cuebook knows"
    assert said in caught.value.message
    assert (caught.value.hint, state(out)) == (UPGRADE, before)


def test_a_tombstone_is_known_by_its_key_wherever_that_stands(out: Path) -> None:
    files = {path: (out / path).read_bytes() for path in Folder(out).paths() if kind_of(path)}
    erased = {"name": "qa", "version": 2, "digest": None, "erased": True, "schema": "cuebook/erased/1"}
    files[VERSION_2] = json.dumps(erased).encode()
    del files[VERDICT]
    assert publish(files, out).removed == (VERDICT,)


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        *[(INDEX, "index"), (PROMPT, "prompt"), (PRODUCTION, "alias"), (VERSION_1, "version")],
        *[(VERSION_1, "erased"), (VERDICT, "evaluation"), ("api/v1/events.json", "events")],
        ("api/v1/texts.json", "texts"),
    ],
)
@pytest.mark.parametrize("lasting", [None, ()])
def test_what_a_newer_release_published_is_not_replaced(
    registry: Path, out: Path, path: str, schema: str, lasting: tuple[str, ...] | None
) -> None:
    found = json.loads((out / path).read_bytes()) | {"schema": f"cuebook/{schema}/9", "later": 1}
    write(out, {path: json.dumps(found)})
    write(registry, {"prompts/qa/v3.prompt.yml": OTHER})
    before = state(out)
    with pytest.raises(PublishConflict) as caught:
        publish(plan(registry, verdict(second(registry))), out, lasting=lasting)
    assert caught.value.message.splitlines()[1:] == [
        f"    {path}: holds cuebook/{schema}/9, which was written by a newer Cuebook"
    ]
    assert "nothing was written" in caught.value.message
    assert caught.value.hint == UPGRADE
    assert state(out) == before


@pytest.mark.parametrize("path", [PRODUCTION, VERSION_2, VERDICT])
def test_what_a_newer_release_published_is_not_removed(registry: Path, out: Path, path: str) -> None:
    found = json.loads((out / path).read_bytes())
    write(out, {path: json.dumps(found | {"schema": found["schema"][:-1] + "9"})})
    for name in ("aliases.yml", "v2.prompt.yml"):
        (registry / "prompts/qa" / name).unlink()
    before = state(out)
    with pytest.raises(PublishConflict, match="written by a newer Cuebook"):
        publish(plan(registry), out, lasting=())
    assert state(out) == before


def test_a_version_without_tools_follows_one_with_them(registry: Path, out: Path) -> None:
    found = json.loads((out / PRODUCTION).read_bytes())
    write(out, {PRODUCTION: json.dumps(found | {"schema": "cuebook/alias/2"})})
    assert PRODUCTION in publish(plan(registry), out).written


def other_digests(found: Any) -> Any:
    return found.model_copy(update={"digests": found.digests.model_copy(update={"dataset": "other"})})


def test_a_verdict_on_other_digests_replaces_the_old_one(registry: Path, out: Path) -> None:
    newer = other_digests(verdict(second(registry), "fail"))
    summary = publish(plan(registry, newer), out)
    assert VERDICT in summary.written
    assert json.loads((out / VERDICT).read_bytes())["outcome"] == "fail"


def test_a_verdict_on_the_same_digests_is_final(registry: Path, out: Path) -> None:
    before = state(out)
    with pytest.raises(PublishConflict, match="pass on the same digests, would become fail"):
        publish(plan(registry, verdict(second(registry), "fail")), out)
    assert state(out) == before


def test_a_comparison_that_joins_or_leaves_a_verdict_changes_what_it_comes_to(
    registry: Path, out: Path
) -> None:
    ruling = Ruling(outcome="inconclusive", baseline=1, metrics=[], causes=[])
    former = SecondRuling(why="rules", version=1, date="2026-11-20", ruling=ruling)
    twofold = verdict(second(registry), "inconclusive", second=former)
    for found, said in (twofold, "inconclusive"), (verdict(second(registry)), "pass"):
        assert VERDICT in publish(plan(registry, found), out).written
        assert json.loads((out / VERDICT).read_bytes())["outcome"] == said
    lost = former.model_copy(update={"first": "fail"})
    with pytest.raises(PublishConflict, match="pass on the same digests, would become fail"):
        publish(plan(registry, verdict(second(registry), "fail", second=lost)), out)


def test_a_verdict_that_says_the_same_keeps_its_bytes(registry: Path, out: Path) -> None:
    before = state(out)[VERDICT]
    summary = publish(plan(registry, verdict(second(registry), cost_usd=1.0)), out)
    assert summary.kept == (VERDICT,)
    assert state(out)[VERDICT] == before


class Killed(BaseException):
    """What a kill looks like from inside."""


def test_killed_anywhere_the_folder_is_whole_and_a_second_run_completes_it(
    registry: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(registry, {"prompts/qa/v3.prompt.yml": OTHER, "prompts/qa/aliases.yml": "staging: 3\n"})
    files = plan(registry)
    steps = 0

    def dying(path: Path, data: bytes, *, flush: bool = True) -> None:
        nonlocal steps
        if steps == 0:
            raise Killed
        steps -= 1
        write_atomic(path, data, flush=flush)

    monkeypatch.setattr(module, "write_atomic", dying)
    for survived in range(20):
        steps = survived
        try:
            publish(files, out)
            break
        except Killed:
            assert_whole(out)
    else:
        pytest.fail("publishing never came to its end")
    assert survived > 0
    assert {path: (out / path).read_bytes() for path in files} == files
    assert not (out / PRODUCTION).exists()


def assert_whole(out: Path) -> None:
    """Everything an index or alias points to is there."""
    catalog = read_catalog(out)
    for entry in catalog.index.prompts:
        prompt = catalog.prompt(entry.name)
        assert {found.version for found in prompt.versions} >= set(entry.aliases.values())
        for found in prompt.versions:
            assert catalog.version(entry.name, found.version).digest == found.digest
        for alias in prompt.aliases:
            assert (out / f"api/v1/prompts/{entry.name}/aliases/{alias}.json").exists()


def test_the_order_of_writing(registry: Path, tmp_path: Path) -> None:
    summary = publish(plan(registry, verdict(second(registry))), tmp_path / "out")
    kinds = list(dict.fromkeys(kind_of(path) for path in summary.written))
    assert kinds == ["version", "evaluation", "schema", "alias", "prompt", "events", "index"]


@pytest.mark.parametrize(
    "path",
    [
        "../x.json",
        "/etc/passwd",
        "index.html",
        "api/v1/../x.json",
        "api/v1/prompts/../../x/index.json",
        "",
        INDEX + "\n",
    ],
)
def test_paths_of_nothing_published_are_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(ValueError, match="not a published file"):
        publish({path: b"{}"}, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_empty_registry_is_published_and_stays(tmp_path: Path) -> None:
    nothing = tmp_path / "none"
    nothing.mkdir()
    assert INDEX in publish_to(nothing, tmp_path / "out").written
    assert publish_to(nothing, tmp_path / "out").written == ()


def test_checksums_are_those_that_sha256sum_checks(registry: Path, out: Path) -> None:
    (out / "api/v1/notes.txt").write_text("somebody else's")
    lines = checksums(out).decode().splitlines()
    assert [line.split("  ")[1] for line in lines] == sorted(
        path for path in Folder(out).paths() if kind_of(path)
    )
    (out / "sums").write_bytes(checksums(out))
    done = subprocess.run(["sha256sum", "--check", "--quiet", "sums"], cwd=out, check=False)
    assert done.returncode == 0
