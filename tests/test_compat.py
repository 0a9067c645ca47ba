"""Records that earlier releases wrote are read, and what they published stays as it is.

``compat/edition-1`` was written by the first edition itself: a small registry, what it published of it, its
local files, its data branch and the file that a step hands to the report. ``compat/numbers`` has records of
every number since; its README says how they are made.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

import freezing
from build import git
from cuebook import load_prompt
from cuebook.calls.app import AppCall
from cuebook.calls.reply_store import ReplyStore
from cuebook.core.errors import UPGRADE, PublishConflict
from cuebook.core.files import Folder
from cuebook.core.images import set_apart
from cuebook.core.tool_calls import ToolCall
from cuebook.github.comment import EarlierComment, read_past
from cuebook.github.run_report import Claim, Expected, read
from cuebook.jobs.measure_judges import load
from cuebook.jobs.nightly import Record
from cuebook.jobs.workspace import Workspace
from cuebook.judging.calibration import CalibrationFile
from cuebook.publish.artifacts import artifact, artifact_bytes, plan_files, read_catalog
from cuebook.publish.data_branch import BRANCH, Ledger, Live, Published, path_of
from cuebook.publish.history import History
from cuebook.publish.local_verdicts import Evidence
from cuebook.publish.writer import publish
from cuebook.registry.reader import Registry
from cuebook.registry.settings import load_config
from cuebook.reports.markdown import MARKER
from cuebook.shapes._base import encode, is_newer
from cuebook.shapes.published import PUBLISHED_SHAPES, Artifact
from cuebook.shapes.run import Case, ModelCall, ModelReply, Usage
from cuebook.shapes.transcripts import with_transcript
from cuebook.shapes.verdict import Verdict

ROOT = Path(__file__).resolve().parent.parent
FIRST = Path(__file__).parent / "compat" / "edition-1"
CALL = ModelCall(
    "openai/gpt-4o-mini",
    ({"role": "user", "content": "What colour is the lamp?"},),
    {"temperature": 0, "maxTokens": 50},
    repeat=1,
)
ASKED = ({"role": "user", "content": "Which lamp is on?"},)
LOOKED = ToolCall.of("call_1", "look", '{"at": "lamp"}')
PIXEL = "data:image/png;base64,iVBORw0KGgo="
SHOWN = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": PIXEL}}]}
DIALOGUE = (*ASKED, {"role": "assistant", "content": "The left one."}, {"role": "user", "content": "Sure?"})
TALK = Case(
    "c1", {"room": "hall"}, files={"a.png": "sha256:1"}, turns=({"user": "Sure?"},), tools={"look": []}
)
REPLIES: dict[str, tuple[ModelCall, ModelReply]] = {
    "a call of a tool": (
        ModelCall("openai/gpt-5", ASKED, calling={"tools": [{"name": "look"}], "toolChoice": "auto"}),
        ModelReply(
            "", "gpt-5", Usage(9, 3, 0.01), 0.5, "tool_calls", "2026-11-06", (LOOKED,), "", "Look first."
        ),
    ),
    "an image": (
        ModelCall("openai/gpt-5", set_apart((SHOWN,))[0], response_format="json_object", epoch="baseline"),
        ModelReply("No.", "gpt-5", finish="content_filter", refusal="No."),
    ),
    "a dialogue with an app": (
        AppCall("desk", (), case=TALK, arm="sha256:2", fingerprint="sha256:3", beside="sha256:4", repeat=2),
        with_transcript(ModelReply("Yes.", "desk"), DIALOGUE),
    ),
}
"""Calls of each kind that came later, with the replies to them in ``compat/numbers/replies.sqlite``."""
RECORDS: list[tuple[type[BaseModel], str]] = [
    (Artifact, "published/api/v1/prompts/greeter/versions/2.json"),
    (PUBLISHED_SHAPES["alias"], "published/api/v1/prompts/greeter/aliases/production.json"),
    (PUBLISHED_SHAPES["prompt"], "published/api/v1/prompts/greeter/index.json"),
    (PUBLISHED_SHAPES["index"], "published/api/v1/index.json"),
    (Verdict, "published/api/v1/evaluations/greeter/2/greeter.json"),
    (Verdict, "local/evaluations/greeter/1/greeter.json"),
    (CalibrationFile, "local/judges/grade/1.json"),
    (Live, "data-branch/live/greeter/production/2.json"),
    (Published, "data-branch/published/3f2c9a7d1e4b8056c7d9e0f1a2b3c4d5e6f70819.json"),
    (Record, "data-branch/nightly/2026-11-06.json"),
    (Claim, "claim.json"),
    *(
        (freezing.shape_of(path), f"../numbers/{path.name}")
        for path in sorted(freezing.NUMBERS.glob("*.json"))
    ),
]


@pytest.mark.parametrize(("shape", "path"), RECORDS, ids=lambda item: getattr(item, "__name__", item))
def test_a_record_is_read_with_all_that_it_says(shape: type[BaseModel], path: str) -> None:
    was = json.loads((FIRST / path).read_bytes())
    now = json.loads(encode(shape.model_validate_json((FIRST / path).read_bytes(), strict=True)))
    assert now["schema"] == shape.model_fields["schema_"].default
    assert list(_lost(was, now)) == []


@pytest.mark.parametrize("schema", freezing.SHAPES)
def test_every_key_and_code_of_todays_records_is_frozen(schema: str) -> None:
    assert freezing.unfrozen(schema) == set(), "python tests/freezing.py adds a file: see compat/README.md"


def test_every_schema_that_the_code_writes_is_frozen() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "tools" / "cuebook").rglob("*.py"))
    assert set(re.findall(r'Literal\["(cuebook/[a-z]+/\d+)"\]', code)) == set(freezing.SHAPES)


@pytest.mark.parametrize(("shape", "path"), RECORDS, ids=lambda item: getattr(item, "__name__", item))
def test_keys_of_a_later_release_are_left_out_wherever_they_stand(shape: type[BaseModel], path: str) -> None:
    data = (FIRST / path).read_bytes()
    more = json.dumps(_with_more(json.loads(data)))
    assert shape.model_validate_json(more) == shape.model_validate_json(data)


@pytest.mark.parametrize(("shape", "path"), RECORDS, ids=lambda item: getattr(item, "__name__", item))
def test_a_number_of_a_later_release_is_named_as_such(shape: type[BaseModel], path: str) -> None:
    data = json.loads((FIRST / path).read_bytes())
    name = data["schema"].rpartition("/")[0]
    with pytest.raises(ValidationError, match="written by a newer Cuebook") as caught:
        shape.model_validate(data | {"schema": f"{name}/99"})
    assert is_newer(caught.value)
    for wrong in ("cuebook/other/1", f"{name}/0", f"{name}/x", f"{name}/01", 1, None):
        with pytest.raises(ValidationError) as caught:
            shape.model_validate(data | {"schema": wrong})
        assert not is_newer(caught.value)


def test_published_files_make_a_catalog() -> None:
    catalog = read_catalog(FIRST / "published")
    assert [entry.name for entry in catalog.index.prompts] == ["grade", "greeter"]
    assert catalog.prompt("greeter").aliases == {"production": 2}
    assert catalog.version("greeter", 1).message == "First"
    assert catalog.verdict("greeter", 2, "greeter").override is not None


def test_published_versions_keep_their_bytes() -> None:
    registry = Registry(Folder(FIRST / "registry"))
    for path in sorted((FIRST / "published/api/v1/prompts").glob("*/versions/*.json")):
        was = json.loads(path.read_bytes())
        now = artifact(registry.version(was["name"], was["version"]))
        signed = now.model_copy(update={"author": was["author"], "created": was["created"]})
        assert artifact_bytes(signed) == path.read_bytes()


def test_publishing_goes_on_from_what_was_published(tmp_path: Path) -> None:
    out = tmp_path / "published"
    shutil.copytree(FIRST / "published", out)
    tree = Folder(FIRST / "registry")
    kept = list(Evidence(FIRST / "local" / "evaluations").all())
    files = plan_files(Registry(tree), History(), kept, load_config(tree), today="2026-11-05")
    done = publish(files, out)
    versions = [path for path in (*done.unchanged, *done.kept) if "/versions/" in path]
    assert len(versions) == 3
    assert not publish(files, out).written


@pytest.mark.parametrize("ref", ["greeter/1", "greeter@production", "grade@latest"])
def test_the_client_reads_what_was_published(ref: str) -> None:
    assert load_prompt(f"prompts:/{ref}", registry=f"file:{FIRST / 'published'}").source == "live"


def test_local_files_are_read(tmp_path: Path) -> None:
    assert [item.outcome for item in Evidence(FIRST / "local" / "evaluations").all()] == ["inconclusive"] * 2
    shutil.copytree(FIRST / "local" / "judges", tmp_path / ".cuebook" / "judges")
    judge = Registry(Folder(FIRST / "registry")).version("grade", 1)
    found = load(Workspace(tmp_path), judge)
    assert found is not None
    assert found.basis.digest == judge.digest


def test_stored_replies_are_found_again(tmp_path: Path) -> None:
    shutil.copy(FIRST / "local" / "replies.sqlite", tmp_path)
    with ReplyStore(tmp_path / "replies.sqlite") as store:
        reply = store.get(CALL.key)
    assert reply is not None
    assert (reply.text, reply.served_model) == ("Green.", "gpt-4o-mini-2024-07-18")


@pytest.mark.parametrize("kind", REPLIES)
def test_stored_replies_of_later_kinds_are_found_again(tmp_path: Path, kind: str) -> None:
    shutil.copy(freezing.NUMBERS / "replies.sqlite", tmp_path)
    call, reply = REPLIES[kind]
    with ReplyStore(tmp_path / "replies.sqlite") as store:
        assert store.get(call.key) == reply


def test_the_comment_on_a_pull_request_is_found_and_its_history_read() -> None:
    body = (freezing.NUMBERS / "comment.md").read_text("utf-8")
    assert body.startswith(MARKER)
    assert read_past(body) == EarlierComment("b" * 40, "fail: qa/3", earlier=(("a" * 12, "pass: qa/2"),))


@pytest.fixture
def branch(tmp_path: Path) -> Ledger:
    """A clone whose data branch the first edition wrote."""
    root = tmp_path / "clone"
    shutil.copytree(FIRST / "data-branch", root)
    git(root, "init", "-q", "-b", BRANCH)
    git(root, "config", "user.name", "Ada")
    git(root, "config", "user.email", "ada@example.org")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Keep")
    git(root, "remote", "add", "origin", str(root))
    git(root, "switch", "-q", "--orphan", "main")
    return Ledger(root)


def test_the_data_branch_is_read(branch: Ledger) -> None:
    assert [verdict.outcome for verdict in branch.load("greeter", 2, "greeter")] == ["inconclusive"]
    assert len(list(branch.all())) == 2, "a verdict is found where its digests say, whatever keys came later"
    assert {item.version for item in branch.live("greeter", "production")} == {1, 2}
    assert branch.published == {"3f2c9a7d1e4b8056c7d9e0f1a2b3c4d5e6f70819"}
    assert [night.day for night in branch.nights(Record)] == ["2026-11-06"]


def test_evidence_is_added_beside_what_is_there(branch: Ledger) -> None:
    (old,) = branch.load("greeter", 2, "greeter")
    rerun = old.model_copy(update={"attempt": 1})
    assert branch.keep([old, rerun]) == [path_of(rerun)]


def test_a_verdict_of_a_newer_release_is_not_contradicted_and_says_what_to_do(branch: Ledger) -> None:
    (old,) = branch.load("greeter", 2, "greeter")
    data = json.loads((FIRST / "data-branch" / path_of(old)).read_bytes())
    git(branch.root, "switch", "-q", BRANCH)
    (branch.root / path_of(old)).write_text(json.dumps(data | {"schema": "cuebook/evaluation/99"}))
    git(branch.root, "commit", "-qam", "Newer")
    git(branch.root, "switch", "-q", "--orphan", "main")
    later = Ledger(branch.root)
    assert [verdict.candidate.version for verdict in later.all()] == [1], "the others are read"
    with pytest.raises(PublishConflict, match="written by a newer Cuebook") as caught:
        later.keep([old])
    assert caught.value.hint == UPGRADE


def test_the_report_believes_a_step_of_the_first_edition() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(FIRST / "claim.json", "claim.json")
    expected = Expected("gate", "ada/greetings", "pull_request", "3f2c9a7d1e4b8056c7d9e0f1a2b3c4d5e6f70819")
    claim = read(packed.getvalue(), expected)
    assert [verdict.name for verdict in claim.verdicts] == ["greeter/2 on greeter"]


FIRST_EDITION = "2e52f51d9e9e67b57cd3641e64da0b80a01ba91f"
"""The last commit of the first edition."""


def test_apps_with_the_client_of_the_first_edition_read_what_is_published_today(tmp_path: Path) -> None:
    old = tmp_path / "old"
    packed = subprocess.run(
        ["git", "archive", FIRST_EDITION, "tools/cuebook"], cwd=ROOT, capture_output=True, check=False
    )
    if packed.returncode:
        pytest.skip("this checkout has no history: the client of the first edition was NOT tried")
    old.mkdir()
    subprocess.run(["tar", "x", "-C", str(old)], input=packed.stdout, check=True)
    tree = Folder(FIRST / "registry")
    files = plan_files(Registry(tree), History(), [], load_config(tree), today="2026-11-05")
    publish(files, tmp_path / "site")
    code = (
        "import sys; from cuebook import load_prompt\n"
        "for ref in ('greeter/1', 'greeter@production', 'grade@latest'):\n"
        "    print(load_prompt(f'prompts:/{ref}', registry=f'file:{sys.argv[1]}').ref)\n"
        "try:\n    load_prompt('prompts:/greter/1', registry=f'file:{sys.argv[1]}')\n"
        "except Exception as error:\n    print(type(error).__name__)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(old / 'tools')!r})\n{code}",
         str(tmp_path / "site")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.stdout.split() == ["greeter/1", "greeter/2", "grade/1", "UnknownPrompt"], ended.stderr


def _lost(was: Any, now: Any, place: str = "") -> Iterator[str]:
    """Where today's record does not say what the old one says."""
    if isinstance(was, dict) and isinstance(now, dict):
        for key, value in was.items():
            if "cases" in was and key in _WORDS:
                continue
            yield from _lost(value, now.get(key, "gone"), f"{place}.{key}")
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for index, (one, other) in enumerate(zip(was, now, strict=True)):
            yield from _lost(one, other, f"{place}[{index}]")
    elif was != now and not place.endswith(".schema"):
        yield f"{place}: {was!r} became {now!r}"


_WORDS = {"sentence", "action", "reasons", "stopped", "notes"}
"""What a verdict of the first edition said in prose; its words are made from its numbers now."""

_FREE = {
    "inputs", "expectations", "modelParameters", "jsonSchema", "messages", "aliases", "states", "metrics",
    "scores", "judges", "calibrations",
}  # fmt: skip
"""Keys whose values have names of the user's, where a further name is no key of a shape."""


def _with_more(value: Any) -> Any:
    if isinstance(value, dict):
        more = {} if not value or freezing.NAME in value else {"new_key": {"a": [1]}}
        return {key: item if key in _FREE else _with_more(item) for key, item in value.items()} | more
    return [_with_more(item) for item in value] if isinstance(value, list) else value
