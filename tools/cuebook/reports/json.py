r"""Every verdict whole, for programs: a JSON array in the published shape.

Reading it back gives the verdicts unchanged; ``headline``, ``details`` and ``next`` are the words that the
other reports print of it. Characters that could steer a terminal, and the beginning of
a workflow command, are written as ``\u`` escapes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from cuebook.reports._audience import Audience
from cuebook.reports._text import BIDI, CONTROL
from cuebook.shapes.verdict import Verdict
from cuebook.wording.details import details, metric_lines
from cuebook.wording.headline import headline
from cuebook.wording.next_step import next_step

SUFFIX = ".json"
AUDIENCE: Audience = "programs"

# Of a command's "##[" the bracket alone: two number signs are in every Markdown text.
_ESCAPED = re.compile(f"[{CONTROL}{BIDI}]|(?<=##)\\[")


def render(verdicts: Sequence[Verdict]) -> str:
    """Return the verdicts as a JSON array, each in the shape of ``schemas/evaluation.json``."""
    data = []
    for verdict in verdicts:
        step = next_step(verdict)
        said = {
            "headline": headline(verdict),
            "details": [*metric_lines(verdict), *details(verdict)],
            "next": {"code": step.code, "text": step.text},
        }
        data.append({**verdict.model_dump(mode="json", by_alias=True), **said})
    # Other languages as they are: escaped, an answer in Greek could not be read. NaN is no JSON.
    text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"
