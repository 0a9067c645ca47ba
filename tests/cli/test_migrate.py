from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from build import commit
from cuebook.core.git import blob_id
from cuebook.jobs.workspace import Workspace
from migrating import NAMES, NEW, OLD, WORSE, models, prompt, registry
from rest import TOKEN, Rest, Says

Cli = Callable[..., Any]
WORDS = ("migrate", "--from", OLD, "--to", NEW)
ENDS = f'[model_info."{OLD}"]\nretires = "2027-01-14"\nsuccessor = "{NEW}"\n'


@pytest.fixture
def rest(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rest]:
    with Rest() as server:
        monkeypatch.setenv("GITHUB_API_URL", server.url)
        monkeypatch.setenv("GH_TOKEN", TOKEN)
        monkeypatch.setenv("GITHUB_REPOSITORY", "o/r")
        yield server


def test_eight_prompts_leave_a_model_that_ends(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Workspace, "today", "2026-12-15")
    root = registry(tmp_path / "r", NAMES, **{"cuebook.toml": ENDS})
    with models():
        checked = cli(root, "check")
    said = checked.out + checked.err
    assert said.count(f"{OLD} is shut down on 2027-01-14, in 30 days") == 16  # live, and the latest
    assert f"{NEW} takes its place: cuebook migrate --from {OLD} --to {NEW}" in said
    with models():
        ended = cli(root, *WORDS)
    assert (ended.code, ended.err) == (1, "")
    lines = ended.out.splitlines()
    assert lines[:8] == [f"wrote prompts/{name}/v3.prompt.yml, from v1" for name in NAMES]
    rows = {line.split()[0]: line for line in lines[9:17]}
    assert [name for name, row in rows.items() if "✗ fail" in row] == [f"{WORSE}/3"]
    assert [name for name, row in rows.items() if "✓ pass" in row] == [
        f"{name}/3" for name in NAMES if name != WORSE
    ]
    assert all(row.endswith("$0.010 → $0.010  2.00 s → 1.00 s") for row in rows.values())
    assert lines[17].endswith(" calls made")
    assert (root / "prompts/desk-0/aliases.yml").read_text() == "production: 1\n"
    with models() as asked:
        again = cli(root, *WORDS)
        assert (again.code, asked) == (1, [])
    assert again.out.splitlines()[:1] == ["desk-0/3 already exists, from v1"]


TOLD = "desk-2/3 on desk-2: Not evaluated: the ceiling was reached before it."


def test_a_ceiling_leaves_the_rest_ungated(cli: Cli, tmp_path: Path) -> None:
    with models() as asked:
        ended = cli(registry(tmp_path / "r", NAMES[:3]), *WORDS, "--max-calls", "45")
    assert len(asked) <= 45
    assert (ended.code, TOLD in ended.out) == (3, True)


def test_no_gate_only_writes(cli: Cli, tmp_path: Path) -> None:
    root = registry(tmp_path / "r", NAMES[:2])
    with models() as asked:
        ended = cli(root, *WORDS, "--no-gate")
    assert (ended.code, asked) == (0, [])
    assert ended.out.endswith("then: cuebook check && cuebook gate desk-0/3 desk-1/3\n")
    assert (root / "prompts/desk-1/v3.prompt.yml").exists()


def test_what_else_names_the_model_is_told(cli: Cli, tmp_path: Path) -> None:
    suite = (
        f"prompt: desk-0\nmodels: [{OLD}]\nscorers: [exact]\ngate: {{metrics: {{exact: {{floor: 0.1}}}}}}\n"
    )
    more = {"evals__desk-0__suite.yml": suite, "cuebook.toml": f'judge_model = "{OLD}"\n'}
    ended = cli(registry(tmp_path / "r", NAMES[:1], **more), *WORDS, "--no-gate")
    assert "evals/desk-0/suite.yml names scripted/old under models" in ended.err
    assert 'the settings name it: judge_model = "scripted/old"' in ended.err


def test_what_the_successor_refuses_stops_its_version_alone(cli: Cli, tmp_path: Path) -> None:
    root = registry(tmp_path / "r", NAMES[:1])
    ended = cli(root, "migrate", "--from", OLD, "--to", "openai/gpt-6-luna")
    assert ended.code == 3
    assert "prompts/desk-0/v3.prompt.yml:" in ended.err
    assert "takes no temperature" in ended.err
    assert "desk-0/3 is not gated: edit it, then: cuebook check && cuebook gate desk-0/3" in ended.err


def test_a_model_without_a_key_ends_as_its_gate_does(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    root = registry(tmp_path / "r", NAMES[:1])
    for path in (root / "prompts/desk-0").glob("v*.yml"):
        path.write_text(path.read_text().replace("modelParameters: {temperature: 0}\n", ""))
    with models():
        ended = cli(root, "migrate", "--from", OLD, "--to", "openai/gpt-6-luna")
        gate = cli(root, "gate", "desk-0/3")
    assert (ended.code, gate.code) == (4, 4)
    assert "openai/gpt-6-luna needs a key" in ended.out


def test_a_model_that_nothing_live_names_is_refused(cli: Cli, tmp_path: Path) -> None:
    root = registry(tmp_path / "r", NAMES[:1])
    ended = cli(root, "migrate", "--from", "scripted/odl", "--to", NEW)
    assert (ended.code, "no live version names scripted/odl" in ended.err) == (2, True)
    assert "did you mean 'scripted/old'" in ended.err
    assert not (root / "prompts/desk-0/v3.prompt.yml").exists()


def test_a_successor_that_nobody_offers_leaves_no_file(cli: Cli, tmp_path: Path) -> None:
    root = registry(tmp_path / "r", NAMES[:1])
    ended = cli(root, "migrate", "--from", OLD, "--to", "toy/ansers")
    assert (ended.code, ended.out) == (2, "")
    assert "did you mean 'toy/answers'?" in ended.err
    assert not (root / "prompts/desk-0/v3.prompt.yml").exists()


def test_a_model_of_a_pinned_judge_alone_is_told_as_that(cli: Cli, tmp_path: Path) -> None:
    scorers = "scorers: [{judge: {prompt: judge-tone/1}}]"
    suite = f"prompt: desk-0\n{scorers}\ngate: {{metrics: {{judge-tone/1: {{floor: 0.1}}}}}}\n"
    judge = {
        "prompts__judge-tone__v1.prompt.yml": prompt("judge-tone", "scripted/judge"),
        "evals__desk-0__suite.yml": suite,
    }
    root = registry(tmp_path / "r", NAMES[:1], **judge)
    ended = cli(root, "migrate", "--from", "scripted/judge", "--to", NEW)
    assert (ended.code, ended.out) == (2, "")
    assert "only judges name scripted/judge, and judges are not migrated: judge-tone/1" in ended.err
    assert "cuebook new judge-tone" in ended.err


def test_a_model_that_is_asked_in_place_of_another_is_not_suggested(cli: Cli, tmp_path: Path) -> None:
    toy = {"prompts__desk-0__v1.prompt.yml": prompt("desk-0", "toy/answers")}
    root = registry(tmp_path / "r", NAMES[:1], **toy, **{"cuebook.toml": f'model = "{NEW}"\n'})
    ended = cli(root, "migrate", "--from", NEW, "--to", "scripted/x")
    assert ended.code == 2
    assert ended.err.endswith(f"no live version names {NEW}\n    known: toy/answers\n")


def test_a_pull_request_holds_what_has_passed(cli: Cli, tmp_path: Path, rest: Rest) -> None:
    names = ["desk-2", WORSE]
    root = registry(tmp_path / "r", names)
    commit(root)
    start = "prompts/desk-2/v1.prompt.yml"
    listed = [{"path": start, "type": "blob", "sha": blob_id((root / start).read_bytes())}]
    rest.on("GET", "git/ref/heads/main", {"object": {"sha": "b"}})
    rest.on("GET", "git/commits/b", {"tree": {"sha": "t"}, "parents": []})
    rest.on("GET", "git/trees/t", {"tree": listed})
    rest.on("POST", "git/(trees|commits|refs)", Says({"sha": "n"}, 201))
    rest.on("GET", "pulls", [])
    rest.on("POST", "pulls", Says({"number": 5, "html_url": "https://x/pull/5"}, 201))
    with models():
        ended = cli(root, *WORDS, "--open-pr")
    assert ended.code == 1
    assert "opened https://x/pull/5: 1 version" in ended.out
    sent = rest.asked("POST", "pulls")[0].body
    assert sent["title"] == f"Move 1 prompt from {OLD} to {NEW}"
    assert "desk-2/3" in sent["body"]
    assert f"{WORSE}/3" not in sent["body"]
    (file,) = rest.asked("POST", "git/trees")[0].body["tree"]
    assert file["path"] == "prompts/desk-2/v3.prompt.yml"
    assert f"model: {NEW}" in file["content"]


def test_a_pull_request_needs_a_gate(cli: Cli, tmp_path: Path) -> None:
    ended = cli(registry(tmp_path / "r", NAMES[:1]), *WORDS, "--no-gate", "--open-pr")
    assert (ended.code, "--no-gate evaluates nothing" in ended.err) == (2, True)


def test_what_could_not_be_asked_is_said_once_with_what_repairs_it(cli: Cli, tmp_path: Path) -> None:
    root = registry(tmp_path / "r", NAMES[:1])
    ended = cli(root, *WORDS)
    assert ended.code == 4
    assert f"{NAMES[0]}/" in ended.out
    assert ended.out.count("Not evaluated: ") == 1
    (line,) = [each for each in ended.out.splitlines() if "Not evaluated: " in each]
    assert line.startswith(f"{NAMES[0]}/3 on {NAMES[0]}: Not evaluated: "), ended.out
    assert "What to do: " in line
