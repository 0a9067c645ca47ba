r"""Every verdict whole, for programs: a JSON array in the published shape.

Reading it back gives the verdicts unchanged; ``headline``, ``details`` and ``next`` are the words that the
other reports print of it. Characters that could steer a terminal, and the beginning of
a workflow command, are written as ``\u`` escapes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from cuebook.reports._audience import Audience
from cuebook.reports._text import BIDI, CONTROL
from cuebook.shapes.verdict import Verdict
from cuebook.wording.details import details, metric_lines
from cuebook.wording.headline import headline
from cuebook.wording.next_step import next_step

SUFFIX = ".json"
AUDIENCE: Audience = "programs"

_ESCAPED = re.compile(f"[{CONTROL}{BIDI}]|(?<=##)\\[")


def render(verdicts: Sequence[Verdict]) -> str:
    """The verdicts as a JSON array, each in the shape of ``schemas/evaluation.json``."""
    data = [{**verdict.model_dump(mode="json", by_alias=True), **_words(verdict)} for verdict in verdicts]
    text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def _words(verdict: Verdict) -> dict[str, Any]:
    step = next_step(verdict)
    return {
        "headline": headline(verdict),
        "details": [*metric_lines(verdict), *details(verdict)],
        "next": {"code": step.code, "text": step.text},
    }
