from __future__ import annotations

from cuebook.wording.tracked import tracked_problem


def test_what_was_there_before_the_change_only_warns() -> None:
    new, known = (tracked_problem("submodule", "prompts/x", known=known) for known in (False, True))
    assert (new.severity, known.severity) == ("error", "warning")
    assert new._replace(severity="warning") == known


def test_the_cure_names_the_path() -> None:
    found = tracked_problem("in_state", ".cuebook/a b", kind="a file", folder="state")
    assert (found.file, found.hint) == (".cuebook/a b", "git rm --cached -r .cuebook/a b")
