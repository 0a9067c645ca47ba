"""Claims of workflow runs for tests, and the artifacts they travel in."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

from cuebook.github.comment import RunStatus
from cuebook.github.run_report import Claim, Wording
from cuebook.shapes._base import encode
from cuebook.shapes.cause import Nothing
from verdicts import PASS

HEAD = "a" * 40
RUN = "https://github.com/o/r/actions/runs/1"


WORDS = Wording(
    old="qa-assistant/5",
    new="qa-assistant/6",
    text="[system]\n- Answer [-briefly-].\n+ Answer {+in one sentence+}.\n  Say so if you do not know.",
)


def a_claim(**changes: Any) -> Claim:
    made: dict[str, Any] = {"step": "gate", "repository": "o/r", "event": "pull_request", "head": HEAD}
    return Claim(**{**made, "exit_code": 0, "lines": ["qa/6 on qa: pass"], "verdicts": [PASS], **changes})


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip with these files."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def artifact(made: Claim, **others: bytes) -> bytes:
    return zipped({"claim.json": encode(made), **others})


def claimed(step: str = "gate", **changes: Any) -> RunStatus:
    return RunStatus(step, "claimed", RUN, a_claim(step=step, **changes))


NEEDS = Nothing(code="needs_model", prompt="qa", version=6, suite="qa", model="openai/gpt-4o")
NOTHING = claimed(verdicts=[], nothing=[Nothing(code="no_change")])
FORGED = RunStatus("gate", "refused", RUN, why="forged")
CHECKED = claimed("check", verdicts=[], nothing=[NEEDS])
