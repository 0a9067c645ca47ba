"""Hostile pull requests from event to end, from a branch and from a fork.

Each is checked, then merged all the same, as a reviewer may who is in a hurry, and published. Check has to
say what is wrong, and what is live, what is on record and what is secret has to be as it was.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from build import write
from conftest import QA
from workflows.changes import WRONG, project, propose, unpacked
from workflows.runner import events
from workflows.runner.github import GitHub
from workflows.runner.model import PullRequest
from workflows.runner.repository import Content, link
from workflows.runner.results import Result
from workflows.runner.runs import run_workflow as run_on

CANARY = "sk-CANARY-0123456789"
KEPT = "refs/heads/cuebook-data"
ALIAS = "prompts/qa/aliases.yml"
BAD: dict[str, Content] = {**WRONG, ALIAS: "production: 3\n"}
"""A version that answers worse, made live."""

PROJECT = {name: data.decode() if isinstance(data, bytes) else str(data) for name, data in project().items()}
SUITE, DATASET = "evals/qa/suite.yml", "evals/qa/dataset.jsonl"
WEAK = "prompt: qa\nscorers: [{length: {min_words: 1}}]\ngate: {metrics: {length: {margin: 1.0}}}\n"
"""Rules that anything passes."""
TIGHT = QA[SUITE].replace("gate:\n", "  - length: {min_words: 12}\ngate:\n") + "    length: {margin: 0.1}\n"
"""Rules that short answers do not pass."""


def easy(name: str) -> str:
    """A case that the bad version gets right, too."""
    case = {"id": name, "inputs": {"context": "", "question": "Is grass green?"}}
    return json.dumps({**case, "expectations": {"must_mention": []}}) + "\n"


EASY = easy("easy")
UNABLE = QA["prompts/qa/v2.prompt.yml"].replace("model: offline/rules", "model: offline/judge")
"""The words of a good version, to a model that cannot answer."""
WITH_TONE = QA["prompts/qa/v2.prompt.yml"].replace("{{question}}", "{{question}} {{tone}}")
COPIES = QA[DATASET] + "".join(easy(f"easy-{number}") for number in range(600))

FULL_MARKS = (
    '"""Whether it is an answer."""\nfrom cuebook.scorers import NoParameters, measured, scorer\n'
    "@scorer(NoParameters)\ndef score(context, parameters):\n    return measured(1.0)\n"
)

Files = Mapping[str, Content]


@dataclass(frozen=True)
class Attack:
    """Pull requests, one after the other; ``said`` is what check says of the one that is ``refused``.

    ``live`` is what production points to at the end.
    """

    pulls: tuple[Files | Callable[[Path], Files], ...]
    said: str
    refused: int = 0
    live: int = 1


def own_pass(folder: Path) -> Files:
    """The bad version, and a verdict for it with the digests of an honest run."""
    write(folder, {**project(), **WRONG})
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], cwd=folder, check=True)
    (folder / ALIAS).write_text("production: 3\n")
    command = [str(Path(sys.executable).parent / "cuebook"), "gate", "--base", "main"]
    subprocess.run(command, cwd=folder, env=dict(os.environ), check=False, capture_output=True)
    made: dict[str, Content] = {}
    for path in folder.glob(".cuebook/evaluations/qa/3/*.json"):
        verdict = json.loads(path.read_bytes()) | {"outcome": "pass", "attempt": 1}
        made[path.relative_to(folder).as_posix()] = json.dumps(verdict)
    assert made
    return {**BAD, **made}


def record(prompt: str = "qa") -> str:
    """A record that the bad version was live."""
    fields = {"schema": "cuebook/live/1", "prompt": prompt, "alias": "production", "version": 3}
    fields |= {"digest": f"sha256:{'0' * 64}", "commit": "c" * 40, "time": "2026-01-01T00:00:00Z", "why": "w"}
    return json.dumps(fields)


def planted(*paths: str, content: Content = "x") -> Attack:
    """Files in folders that belong to Cuebook."""
    return Attack((dict.fromkeys(paths, content),), "belongs to Cuebook alone")


HOSTILE: dict[str, Attack] = {
    "a verdict of its own": Attack((own_pass,), "in the state folder"),
    "a record of its own": Attack(
        ({**WRONG, "build/ledger/live/qa/production/3.json": record()}, {ALIAS: "production: 3\n"}),
        "in the output folder",
    ),
    "a record whose name is a command": planted(
        "build/ledger/live/x/production/3.json", content=record("x\ndata 1\nA\nD published\nD live")
    ),
    "a link to the key in the output folder": planted(
        "build/published/api/v1/notes/a.txt", "build/site/a.txt", content=link("/proc/self/environ")
    ),
    "a link in the place of a folder": planted("build/ledger", ".cuebook", content=link("../../..")),
    "a page of its own": planted(
        "build/published/api/v1/notes/index.htm",
        "build/site/evil.html",
        content=f"<script>alert('{CANARY}')</script>",
    ),
    "another spelling of the folders": planted("Build/published/x", ".CueBook/evaluations/x", "BUILD~1/x"),
    "the broken cases deleted": Attack(({**BAD, DATASET: EASY},), "qa/3 on qa: fail"),
    "the suite renamed": Attack(
        ({**BAD, SUITE: None, DATASET: None, "evals/q/suite.yml": WEAK, "evals/q/dataset.jsonl": EASY},),
        "qa/3 on qa: fail",
    ),
    "the protected alias taken away": Attack(({ALIAS: "{}\n"}, BAD), "is protected, and is removed from"),
    "a second settings file": Attack(
        ({"cuebook.toml": 'protected_aliases = ["stable"]\n'}, BAD), "production is no longer protected"
    ),
    "rules loosened before a promotion": Attack(({SUITE: WEAK}, BAD), "qa/3 on qa: fail", refused=1),
    "rules tightened and loosened again before a promotion": Attack(
        ({SUITE: TIGHT}, {SUITE: QA[SUITE]}, {ALIAS: "production: 2\n"}), "qa/2 on qa: fail", refused=2
    ),
    "a harmless promotion between": Attack(
        ({SUITE: WEAK}, {ALIAS: "production: 2\n"}, BAD), "qa/3 on qa: fail", refused=2, live=2
    ),
    "a suite replaced, and a harmless promotion between": Attack(
        (
            {SUITE: None, DATASET: None, "evals/q/suite.yml": WEAK, "evals/q/dataset.jsonl": EASY},
            {ALIAS: "production: 2\n"},
            BAD,
        ),
        "qa/3 on qa: fail",
        refused=2,
        live=2,
    ),
    "an easy case copied": Attack(({DATASET: COPIES}, BAD), "qa/3 on qa: fail", refused=1),
    "a weaker model behind a list of models": Attack(
        (
            {SUITE: QA[SUITE] + "models: [offline/rules]\n"},
            {"prompts/qa/v3.prompt.yml": UNABLE, ALIAS: "production: 3\n"},
        ),
        "qa/3 on qa: fail",
        refused=1,
    ),
    "an input that no app sends": Attack(
        ({"prompts/qa/v3.prompt.yml": WITH_TONE, ALIAS: "production: 3\n"},),
        "apps of production cannot call qa/3",
    ),
    "a folder with easier rules, named by the settings": Attack(
        (
            {
                "pyproject.toml": f"{PROJECT['pyproject.toml']}evals_dir = 'easier'\n",
                ".github/CODEOWNERS": f"{PROJECT['.github/CODEOWNERS']}\n/easier/ @eve\n",
                "easier/qa/suite.yml": WEAK,
                "easier/qa/dataset.jsonl": EASY,
                **BAD,
            },
        ),
        "qa/3 on qa: fail",
    ),
    "a scorer that gives full marks": Attack(
        (
            {
                "pyproject.toml": f"{PROJECT['pyproject.toml']}scorers = ['evals/_scorers/easy.py']\n",
                "evals/_scorers/easy.py": FULL_MARKS,
                SUITE: "prompt: qa\nscorers: [easy]\ngate: {metrics: {easy: {margin: 1.0}}}\n",
                **BAD,
            },
        ),
        "qa/3 on qa: fail",
    ),
    "a script in a guide": Attack(
        (
            {
                "site/guides/evil.js": f"alert('{CANARY}')",
                "site/guides/evil.md": '# A guide\n\n<script src="evil.js"></script>\n',
            },
        ),
        "text and pictures",
    ),
    "a script that begins like the theme's": Attack(
        ({"site/guides/evil.md": f'# A\n\n<script>__md_scope=new URL(".",location);"{CANARY}"</script>\n'},),
        "not one of the theme's",
    ),
    "a guide that leads elsewhere": Attack(
        ({"site/guides/evil.md": f'# A\n\n<meta http-equiv="refresh" content="0;url=//{CANARY}">\n'},),
        "has a <meta> that is not the theme's",
    ),
    "a folder of the registry that is a link": Attack(
        ({"evals/qa": link("../../../../../../../etc"), "overrides": link("/proc/self")},),
        "symbolic link",
    ),
    "an attribute that rewrites what is merged": Attack(
        ({**BAD, ".gitattributes": "prompts/qa/*.yml ident\n"},), "differ from those reviewed in Git"
    ),
    "an attribute that hides a change": Attack(
        ({**BAD, ".gitattributes": "prompts/** -diff\n"},), "hides changes in it from reviewers"
    ),
    "a version that looks generated": Attack(
        (
            {
                **BAD,
                "prompts/qa/v3.prompt.yml": f"{WRONG['prompts/qa/v3.prompt.yml']!s}# recorded_with: VCR 6\n",
            },
        ),
        "GitHub treats it as a generated file",
    ),
    "another spelling of the registry's folders": Attack(
        ({"PROMPTS/qa/aliases.yml": "production: 3\n", "Overrides/qa-v3.yml": "x"},),
        "some file systems treat",
    ),
    "a line that no diff shows": Attack(
        ({**WRONG, ALIAS: "staging: 3\x85production: 3\n"},), "diffs do not show"
    ),
    "an alias moved there and back": Attack(
        (WRONG, {ALIAS: "production: 3\n"}, {ALIAS: "production: 1\n"}, {ALIAS: "production: 3\n"}),
        "qa/3 on qa: fail",
    ),
}


def open_pull(github: GitHub, files: Files, name: str, *, fork: bool) -> PullRequest:
    """A pull request with these files, from a branch or from somebody's fork."""
    if not fork:
        return propose(github, dict(files), name)
    github.commit_to_fork(files, name)
    return github.open_pull_request(name, fork=True, by="eve")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHub]:
    """A GitHub whose registry has been published once."""
    folder = tmp_path_factory.mktemp("published")
    with GitHub(folder / "github", project()) as made:
        made.environment("prompt-eval", secrets={"OPENAI_API_KEY": CANARY})
        run_on("publish.yml", events.push(made), folder / "run")
        yield made


ON_PAGES = ("script", "guide", "page", "text and pictures")
"""What the words of an attack have that is aimed at pages: for these, real ones are built."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.pages] if any(word in name for word in ON_PAGES) else [])
        for name in HOSTILE
    ],
)
def test_nothing_goes_live_leaks_or_is_lost(
    github: GitHub, published: GitHub, run_workflow: Any, tmp_path: Path, name: str
) -> None:
    """Half of the attacks are checked from a fork and merged from a branch, half the other way round."""
    attack = HOSTILE[name]
    github.take_over(published)
    before = {path for _, _, _, path in github.repository.tree(KEPT)}
    for number, files in enumerate(attack.pulls):
        made = files(tmp_path / "forged") if callable(files) else files
        from_fork = len(name) % 2 == 1
        if number == attack.refused:
            pull = open_pull(github, made, f"looked-at-{number}", fork=not from_fork)
            checked = run_workflow("check.yml", events.pull_request(github, pull))
            found = checked.job("registry")
            assert (found.conclusion, attack.said in found.log) == ("failure", True), checked.explain()
        github.merge(open_pull(github, made, f"change-{number}", fork=from_fork))
        run_workflow("publish.yml", events.push(github))
    assert github.pages is not None
    served = json.loads(github.pages["api/v1/prompts/qa/aliases/production.json"])["version"]
    assert served == attack.live
    assert not [path for path, data in github.pages.items() if CANARY.encode() in data]
    after = {path for _, _, _, path in github.repository.tree(KEPT)}
    assert before <= after
    assert not [path for path in after if path.endswith("production/3.json")]


FORGING = """\
name: gate
on: pull_request
jobs:
  gate:
    runs-on: ubuntu-24.04
    permissions: {contents: read}
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1
      - run: sed -i "s/HEAD_OF_IT/$HEAD/" claim.json
        env: {HEAD: "${{ github.event.pull_request.head.sha }}"}
      - uses: actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a
        with: {name: gate, path: claim.json}
"""
"""A workflow that says what a file beside it says."""
GATE = ".github/workflows/gate.yml"


def forged_pass(gate: Result) -> str:
    """The claim of an honest gate, turned into that of a pass."""
    claim = json.loads(unpacked(gate, "gate")["claim.json"]) | {"exit_code": 0}
    claim["verdicts"] = [item | {"outcome": "pass", "causes": []} for item in claim["verdicts"]]
    return json.dumps(claim | {"head": "HEAD_OF_IT"})


UNABLE_LIVE: dict[str, Content] = {"prompts/qa/v3.prompt.yml": UNABLE, ALIAS: "production: 3\n"}


@pytest.mark.parametrize("branch", ["evil", "twin"])
def test_a_base_of_its_own_forges_no_evidence(
    github: GitHub, published: GitHub, run_workflow: Any, branch: str
) -> None:
    """A pull request runs the workflows of its base, which may be anybody's branch.

    The same commit is proposed for such a one, from the same branch or from another that is where it is.
    """
    github.take_over(published)
    pull = propose(github, UNABLE_LIVE, "evil")
    claim = forged_pass(run_workflow("gate.yml", events.pull_request(github, pull)))
    github.commit({GATE: FORGING, "claim.json": claim}, "weak")
    github.repository.git("update-ref", f"refs/heads/{branch}", pull.head_sha)
    other = github.open_pull_request(branch, base="weak")
    forged = run_workflow("gate.yml", events.pull_request(github, other))
    run_workflow("report.yml", events.workflow_run(github, forged))
    assert not [check for check in github.check_runs.values() if check.data.get("conclusion") == "success"]
    other.state = "closed"
    if branch == "evil":
        github.commit({"README.md": "x"}, "evil")
        again = run_workflow("gate.yml", events.pull_request(github, pull, "synchronize"))
        assert again.conclusion == "failure", again.explain()
    github.merge(pull)
    run_workflow("publish.yml", events.push(github))
    assert github.pages is not None
    assert json.loads(github.pages["api/v1/prompts/qa/aliases/production.json"])["version"] == 1


def criss_cross(github: GitHub, files: Files) -> str:
    """A branch whose merge changes files that GitHub does not list as changed by its pull request.

    Two commits came into the default branch by merges that changed nothing: one has the files, one took them
    back. The branch merged both and has the files; it is compared with the first, which has them already.
    """
    repository = github.repository
    main = repository.line("rev-parse", "main")
    begun = repository.commit(files, "refs/heads/with", "With", "eve", parent=main)
    back = {path: repository.read(main, path) for path in files}
    without = repository.commit(back, "refs/heads/without", "Without", "eve", parent=begun)
    having = repository.commit({"notes.txt": "x"}, "refs/heads/with", "Notes", "eve")
    for side in (having, without):
        main = repository.commit_tree(f"{main}^{{tree}}", [main, side], "Merge, no change", "GitHub")
    repository.git("update-ref", "refs/heads/main", main)
    both = repository.commit_tree(f"{having}^{{tree}}", [having, without], "Merge", "eve")
    repository.git("update-ref", "refs/heads/evil", both)
    return "evil"


def test_merges_that_cross_hide_no_changed_workflow(
    github: GitHub, published: GitHub, run_workflow: Any
) -> None:
    github.take_over(published)
    honest = propose(github, UNABLE_LIVE, "honest")
    claim = forged_pass(run_workflow("gate.yml", events.pull_request(github, honest)))
    branch = criss_cross(github, {GATE: FORGING, "claim.json": claim})
    pull = propose(github, UNABLE_LIVE, branch)
    listed = [path for _, path in github.repository.changed(pull.base_sha, pull.head_sha)]
    assert GATE not in listed
    forged = run_workflow("gate.yml", events.pull_request(github, pull))
    assert (forged.conclusion, len(forged.jobs)) == ("success", 1), forged.explain()
    run_workflow("report.yml", events.workflow_run(github, forged))
    assert not [check for check in github.check_runs.values() if check.data.get("conclusion") == "success"]
    (body,) = [item.body for item in github.comments.values() if item.number == pull.number]
    assert (GATE in body.replace("\\", ""), "is not trusted" in body) == (True, True)
    github.merge(pull)
    run_workflow("publish.yml", events.push(github))
    assert github.pages is not None
    assert json.loads(github.pages["api/v1/prompts/qa/aliases/production.json"])["version"] == 1


def with_key(result: Result) -> set[str]:
    """The steps of a run whose environment holds the key."""
    steps = [step for job in result.jobs for step in job.steps]
    return {step.name for step in steps if CANARY in step.environment.values()}


@pytest.mark.parametrize(
    ("workflow", "event", "steps"),
    [
        ("publish.yml", events.push, {"Evidence"}),
        ("nightly.yml", events.schedule, {"Look"}),
        ("gate.yml", None, {"Gate"}),
        ("check.yml", None, set()),
    ],
)
def test_a_key_is_in_the_environment_of_the_step_that_asks_models_alone(
    github: GitHub, run_workflow: Any, workflow: str, event: Any, steps: set[str]
) -> None:
    github.environment("prompt-eval", secrets={"OPENAI_API_KEY": CANARY})
    made = event(github) if event else events.pull_request(github, propose(github, BAD))
    result = run_workflow(workflow, made)
    assert with_key(result) == steps, result.explain()
    for step in (step for job in result.jobs for step in job.steps if step.environment):
        if "CUEBOOK_STATE" in step.environment:
            places = {step.environment[name] for name in ("CUEBOOK_STATE", "CUEBOOK_OUTPUT")}
            assert all(place.startswith(f"{step.environment['RUNNER_TEMP']}/") for place in places)


@pytest.mark.pages
def test_the_built_site_needs_no_key_for_real_models(github: GitHub, run_workflow: Any) -> None:
    """What cannot be evaluated holds nothing up that needs no evidence."""
    files: dict[str, Content] = {}
    for name, content in project().items():
        if name.startswith(("prompts/qa/", "evals/qa/")) and name != ALIAS:
            text = str(content).replace("offline/rules", "openai/gpt-4o").replace("prompt: qa", "prompt: xy")
            files[name.replace("qa/", "xy/")] = text
    assert run_workflow("publish.yml", events.push(github)).conclusion == "success"
    github.commit(files)
    result = run_workflow("publish.yml", events.push(github))
    assert result.conclusion == "success", result.explain()
    assert "OPENAI_API_KEY is not set" in result.job("build").step("Publish").log
    assert github.pages is not None
    assert "api/v1/prompts/xy/versions/2.json" in github.pages
