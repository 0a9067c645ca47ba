r"""Every verdict whole, for programs: a JSON array in the published shape.

Reading it back gives the verdicts unchanged. Characters that could steer a terminal, and the beginning of
a workflow command, are written as ``\u`` escapes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from cuebook.reports._text import BIDI, CONTROL
from cuebook.shapes.verdict import Verdict

SUFFIX = ".json"

_ESCAPED = re.compile(f"[{CONTROL}{BIDI}]|(?<=##)\\[")


def render(verdicts: Sequence[Verdict]) -> str:
    """The verdicts as a JSON array, each in the shape of ``schemas/evaluation.json``."""
    data = [verdict.model_dump(mode="json", by_alias=True) for verdict in verdicts]
    text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"
