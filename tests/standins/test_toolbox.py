from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cuebook_standins._toolbox import Toolbox

DAY = {"type": "string"}
COUNT = {"type": "integer"}
TODAY = date(2025, 5, 12)
STAY = {"town": "Ghent", "arrival": date(2025, 5, 20), "nights": 2, "guests": 3}


def tool(name: str, properties: Any, required: list[str]) -> dict[str, Any]:
    return {"name": name, "parameters": {"type": "object", "properties": properties, "required": required}}


def test_arguments_go_by_the_names_of_the_schema() -> None:
    other = {"house": {"enum": ["Ghent"]}, "check_in": DAY, "check_out": DAY, "people": COUNT, "colour": DAY}
    box = Toolbox([tool("find_free", other, ["house"])], TODAY)
    expected = {"house": "Ghent", "check_in": "2025-05-20", "check_out": "2025-05-22", "people": 3}
    assert box.call("search", STAY) == ("find_free", expected)
    assert box.options("search", "town") == ["Ghent"]
    assert box.options("search", "guests") == ()


def test_what_is_required_is_filled_in() -> None:
    stay = {"town": {"enum": ["Porto"]}, "arrival": DAY, "nights": COUNT, "guests": COUNT}
    box = Toolbox([tool("search_rooms", stay, ["town", "arrival", "nights"])], TODAY)
    assert box.call("search", {})[1] == {"town": "Porto", "arrival": "2025-05-12", "nights": 1}
    assert Toolbox(box.tools).call("search", {})[1]["arrival"] == "today"


def test_a_tool_is_known_by_its_name() -> None:
    names = ["cancel_booking", "book_room", "change_booking", "search", "hand_over", "find_more", "sing"]
    box = Toolbox([{"name": name} for name in names])
    found = {kind: spec["name"] for kind, spec in box.kinds.items()}
    assert found == {
        "cancel": "cancel_booking",
        "book": "book_room",
        "change": "change_booking",
        "search": "search",
        "hand": "hand_over",
        "": "sing",
    }


@pytest.mark.parametrize("parameters", [None, {}, {"properties": "no"}, {"properties": {"town": "no"}}])
def test_a_schema_that_says_nothing_has_no_options(parameters: Any) -> None:
    assert Toolbox([{"name": "search", "parameters": parameters}]).options("search", "town") == ()
