from __future__ import annotations

from cuebook import scorers
from cuebook.core.files import FixedTree
from cuebook.registry import scorer_names


def test_a_suite_may_name_what_comes_with_cuebook_and_what_the_settings_add() -> None:
    assert set(scorers.built_in()) == {*scorer_names.built_in()} >= {"exact", "contains", "judge"}
    tree = FixedTree({"cuebook.toml": b'scorers = ["evals/_scorers/polite.py"]\n'})
    assert set(scorer_names.known(tree)) == {*scorers.names(), "polite"}
    assert scorer_names.known(FixedTree({"cuebook.toml": b"scorers = 3\n"})) == sorted(scorers.names())


def test_an_unknown_name_is_told_with_the_nearest_one() -> None:
    tree = FixedTree({"cuebook.toml": b'plugins = {shouts = "acme-scorers"}\n'})
    for settings in (None, tree, FixedTree({"cuebook.toml": b"plugins = 3\n"})):
        error = scorer_names.unknown("exakt", ["contains", "exact"], settings)
        assert (error.message, error.hint) == ("no scorer is called 'exakt'", "did you mean 'exact'?")


def test_a_name_that_the_settings_give_a_package_is_told_with_its_line() -> None:
    tree = FixedTree({"cuebook.toml": b'plugins = {shouts = "acme-scorers~=1.0"}\n'})
    error = scorer_names.unknown("shouts", ["contains"], tree)
    assert error.message == "no plug-in offers the scorer 'shouts'"
    assert error.hint == "pip install 'acme-scorers~=1.0'"
