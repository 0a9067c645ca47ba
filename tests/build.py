"""Small builders that tests share: versions, suites, case runs, throw-away repositories."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cuebook.gate.comparison import Comparison
from cuebook.gate.plan import in_order
from cuebook.gate.prepared import Prepared
from cuebook.shapes.run import Case, CaseRun, Failure, ModelReply, Sample, Score, Version
from cuebook.shapes.suite import GateRules, MetricRule, ScorerSpec, Suite


def version(number: int = 1, text: str = "Answer: {{question}}", **changes: Any) -> Version:
    """A text prompt with one variable."""
    settings: dict[str, Any] = {
        "prompt": "qa",
        "number": number,
        "message": f"Version {number}",
        "model": "scripted/model",
        "parameters": {},
        "inputs": {"question": {"type": "string"}},
        "messages": None,
        "template": text,
        "template_format": "simple",
        "response_format": "text",
        "json_schema": None,
    }
    return Version(**(settings | changes))


def case(number: int, *, cluster: str | None = None, tags: Sequence[str] = (), **expectations: Any) -> Case:
    """A case whose question is its number."""
    name = f"case-{number:03d}"
    return Case(name, {"question": name}, expectations or {"answer": "yes"}, tuple(tags), cluster)


def suite(
    cases: Sequence[Case],
    *,
    scorers: Sequence[ScorerSpec] = (ScorerSpec("exact", "exact"),),
    metrics: Mapping[str, MetricRule] | None = None,
    **changes: Any,
) -> Suite:
    """A suite of exact matches with margin 0.05."""
    gate = {"metrics": metrics or {"exact": MetricRule()}} | changes.pop("gate", {})
    return Suite("qa", "qa", "dataset.jsonl", tuple(cases), tuple(scorers), GateRules(**gate), **changes)


def comparison(of: Suite, *, baseline: Version | None = None, **changes: Any) -> Prepared:
    """Version 2 against version 1 unless told otherwise."""
    candidate = changes.pop("candidate", version(2, "Answer well: {{question}}"))
    first = changes.pop("alone", False)
    before = None if first else baseline or version(1)
    salt = f"{before.digest if before else ''}:{candidate.digest}"
    return Prepared(of, candidate, before, "new version", in_order(of.cases, salt), **changes)


def sample(value: float | None, *, label: str = "exact", failure: Failure | None = None) -> Sample:
    """A scored answer; with no value its judgement failed, with a failure there is no answer."""
    if failure is not None:
        return Sample(0, None, failure)
    reply = ModelReply("yes" if value else "no", "scripted")
    if value is None:
        return Sample(0, reply, None, {label: Score("failed", reason="unreadable")})
    return Sample(0, reply, None, {label: Score("measured", value, value >= 0.5, "because")})


def runs(of: Comparison, candidate: Any, baseline: Any) -> list[CaseRun]:
    """A run of every case in order; each arm is a value or a function of the case."""

    def arm(source: Any, item: Case) -> tuple[Sample, ...]:
        found = source(item) if callable(source) else source
        return found if isinstance(found, tuple) else (found if isinstance(found, Sample) else sample(found),)

    return [
        CaseRun(item, "", arm(candidate, item), () if of.baseline is None else arm(baseline, item))
        for item in of.cases
    ]


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below a folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def git(root: Path, *words: str) -> str:
    """Run git in a throw-away repository with a fixed identity; it copies no hooks and tidies nothing up."""
    who = ["user.name=Ada Tester", "user.email=ada@example.org", "commit.gpgsign=false"]
    settings = [
        part for item in (*who, "init.templateDir=", "maintenance.auto=false") for part in ("-c", item)
    ]
    done = subprocess.run(
        ["git", "-C", str(root), *settings, *words], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(root: Path, message: str = "change") -> str:
    """Commit all but what Cuebook leaves behind; the new SHA. The repository is made if there is none."""
    if not (root / ".git").exists():
        git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A", "--", ".", ":(exclude,glob)**/.cuebook/**", ":(exclude,glob)**/build/**")
    git(root, "commit", "-q", "--allow-empty", "-m", message)
    return git(root, "rev-parse", "HEAD")


def merged(root: Path, *words: str) -> str:
    """Merge by these words, always with a commit of its own; its SHA."""
    git(root, "merge", "-q", "--no-ff", "-m", "Merge", *words)
    return git(root, "rev-parse", "HEAD")


def crossed(root: Path, files: Mapping[str, str]) -> None:
    """Check out a branch ``change`` whose merge into ``main`` brings files that it is not seen to change.

    Two commits came into ``main`` by merges that changed nothing: one has the files, one took them back. The
    branch merged both and has the files; compared with the first, which has them already, it changes none.
    """
    before = {path: (root / path).read_text() for path in files}
    git(root, "checkout", "-q", "-b", "with")
    write(root, files)
    begun = commit(root, "With")
    git(root, "checkout", "-q", "-b", "without")
    write(root, before)
    commit(root, "Without")
    git(root, "checkout", "-q", "-b", "change", begun)
    write(root, {"notes.txt": "x"})
    having = commit(root, "Notes")
    git(root, "checkout", "-q", "main")
    for side in (having, "without"):
        merged(root, "-s", "ours", side)
    git(root, "checkout", "-q", "change")
    merged(root, "-s", "ours", "without")
    write(root, {"more.txt": "x"})
    commit(root, "More")
