from __future__ import annotations

import json
from pathlib import Path

from build import write
from cuebook.jobs.score import load, score
from cuebook.jobs.workspace import Workspace
from cuebook.shapes.verdict import Verdict


def test_the_whole_verdict_is_kept_in_a_folder_of_its_own(registry: Path) -> None:
    rows = [{"id": f"q{n}", "output": "green"} for n in range(60)]
    write(registry, {"new.json": json.dumps(rows)})
    workspace = Workspace(registry)
    given, comparison = load(workspace, "qa", registry / "new.json", None, only_given=False)
    verdict, path = score(workspace, given, comparison)
    assert path == registry / "build/score/qa.json"
    assert Verdict.model_validate_json(path.read_bytes()) == verdict
    assert verdict.reading_only
    assert not workspace.evidence.load("qa", verdict.candidate.version, "qa")
