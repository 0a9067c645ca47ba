from __future__ import annotations

from cuebook.core.yaml_files import read_numbered_yaml
from cuebook.registry.alias_pointers import Pointer, read_pointer
from cuebook.wording.aliases import EXAMPLE, pointer_problem


def test_the_alias_is_named_where_nothing_around_says_which_it_is() -> None:
    about = {"number": "7", "given": "80"}
    said = "the share of version 7 is 80; it must be a whole number from 1 to 50"
    assert pointer_problem("try_share", "f", 3, **about).message == said
    assert pointer_problem("try_share", "f", 3, alias="production", **about).message == f"production: {said}"


def test_the_example_is_one() -> None:
    value = read_numbered_yaml(f"production: {EXAMPLE}\n".encode(), "aliases.yml").data["production"]
    assert isinstance(read_pointer(value), Pointer)
    assert pointer_problem("use_missing", "f").hint.endswith(EXAMPLE)
