from __future__ import annotations

from typing import Any

import pytest

from cuebook.shapes.published import Event
from cuebook.wording.events import title


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "version-published"}, "qa v2 published"),
        ({"kind": "version-retired"}, "qa v2 retired"),
        ({"kind": "version-returned"}, "qa v2 no longer retired"),
        ({"kind": "alias-moved", "alias": "production", "previous": 1}, "qa: production v1 → v2"),
        ({"kind": "alias-moved", "alias": "production"}, "qa: production v2"),
        (
            {"kind": "alias-removed", "alias": "beta", "previous": 2, "version": None},
            "qa: beta v2 → none",
        ),
        (
            {"kind": "override-used", "alias": "production", "previous": 1},
            "qa: production v1 → v2 by an override",
        ),
        ({"kind": "verdict-reached", "previous": 1, "state": "fail"}, "qa v2: fail against v1"),
        ({"kind": "verdict-reached", "state": "pass"}, "qa v2: pass"),
    ],
)
def test_one_line(fields: dict[str, Any], said: str) -> None:
    made = {"id": "x", "time": "t", "prompt": "qa", "version": 2, "author": "", "commit": "", "url": ""}
    assert title(Event(**(made | fields))) == said
