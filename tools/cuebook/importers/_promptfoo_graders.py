"""The model that grades rubrics of a promptfoo config, with its settings: one for the judge of an import."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cuebook.importers._base import Request
from cuebook.importers._models import model_id
from cuebook.importers._notes import Notes, Place
from cuebook.importers._promptfoo_prompts import named
from cuebook.importers._promptfoo_rows import Row, RowReader
from cuebook.importers._settings import ForeignSettings

# The provider's id names the model; a key beside it says the same again.
_ITS_OWN = {"model"}


def grader(
    graders: Iterable[tuple[Place, Any]], request: Request, reader: RowReader, notes: Notes
) -> tuple[str, dict[str, Any]]:
    """Return the first of the graders that is a model, and its parameters; empty where none is.

    Whatever else they say is noted, and which of them ``--judge-model`` replaces.
    """
    # One provider of a config is met with every assert that it grades.
    once = {tuple(place): (place, given) for place, given in graders}
    model, parameters = "", dict[str, Any]()
    for place, given in once.values():
        # A grader can be one for each kind of grading; only that of texts grades a rubric.
        written = given["text"] if isinstance(given, Mapping) and "text" in given else given
        name, config = next(iter(named(written, place, reader)), (str(written)[:80], {}))
        found, what = model_id(name, request.served)
        if not found:
            notes.left(place, f"{what}, and grades nothing here")
        elif request.judge_model:
            if found != request.judge_model:
                by = "by --judge-model or 'judge_model' of the settings"
                notes.changed(place, f"{found} there: {request.judge_model}, {by}")
        elif not model:
            model = found
            settings = ForeignSettings(notes, request.name)
            settings.take(config, [*place, "config"], _ITS_OWN)
            parameters = settings.parameters
            for key in settings.rest:
                notes.left([*place, "config", key], f"{key} of a grader: the judge has its own")
        elif found != model:
            notes.changed(place, f"{found} there: one judge grades all rubrics, and asks {model}")
    return model, parameters


def unused(rows: Sequence[Row], graders: Iterable[tuple[Place, Any]], notes: Notes) -> None:
    """Note each grader of a test that no rubric has."""
    used = {tuple(place) for place, _ in graders}
    for row in rows:
        if row.grader and tuple(row.grader[0]) not in used:
            notes.left(row.grader[0], "provider of a test's options: it grades no rubric", line=row.line)
