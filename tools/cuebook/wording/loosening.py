"""What was loosened, from which value to which."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cuebook.core.format import plural
from cuebook.shapes.cause import RuleChange, RuleCode
from cuebook.wording.names import margin, per_cent, person


def loosened(change: RuleChange) -> str:
    """Return ``accepted loss on correctness 5 → 8 points``."""
    what, write, unit = _NAMES[change.code]
    if change.code == "cases":
        return f"{plural(change.count or 0, 'case')} removed or altered"
    if change.code == "cases_added":
        return f"{plural(change.count or 0, 'case')} added"
    if change.code == "labels_added":
        return f"{plural(change.count or 0, 'label')} of {change.label} added"
    if change.code == "asked_model":
        return _asked(change.label, change.was, change.now)
    if change.code in {"target", "plugin"}:
        return f"{what} {change.label}: {change.was or 'none'} → {change.now or 'none'}"
    if change.code == "protected" and change.old and change.new:
        return f"failed runs that break a protected case {change.old:g} → {change.new:g}"
    if change.code == "protected" and change.was and change.was == change.now:
        return f"protected cases have to pass {change.label}, too: where production fails it, none can break"
    if change.was or change.now:
        on = f" of {change.label}" if change.label else ""
        return f"{what}{on} {change.was or 'none'} → {change.now or 'none'}"
    if change.new is None and (change.code in _WHOLE or change.old is None):
        return f"{what} {change.label} removed"
    on = f" on {change.label}" if change.label else ""
    if change.old is not None and change.new is not None and write(change.old) == write(change.new):
        write = _EXACTLY.get(write, _all_digits)  # rounded, a rule that asks for less would look like itself
    before = "none" if change.old is None else write(change.old)
    after = "none" if change.new is None else write(change.new)
    # More asked of judges is looser, too: one that does not reach it decides nothing.
    if change.code == "kappa" and (change.new or 0) > (change.old or 0):
        return f"{what} {before} → {after}, so that one may no longer decide"
    return f"{what}{on} {before} → {after}{unit if change.new is not None else ''}"


def _asked(name: str, was: str, now: str) -> str:
    """Of a key of the settings, or of a model's name for which something else answers."""
    if name in {"model", "judge_model"}:
        return f"setting {name}: {was or 'not set'} → {now or 'not set'}"
    return f"what replaces {name}: {was or 'nothing'} → {now or 'nothing'}"


def loosened_by(change: RuleChange) -> str:
    """Return ``loosened by Ada: floor on correctness 60 points → none``."""
    by = f" by {person(change.by)}" if change.by else ""
    return f"loosened{by}: {loosened(change)}"


def rules_to_accept(path: str, before: tuple[str, str], after: tuple[str, str]) -> str:
    """Return how to accept today's rules for a promotion: the file to write, and what it has to say."""
    states = [
        f"{when}: {rules if rules == dataset else f'{{rules: {rules}, dataset: {dataset}}}'}"
        for when, (rules, dataset) in (("before", before), ("after", after))
    ]
    suite = path.rpartition("/")[2].removesuffix("-rules.yml")
    text = ", ".join([f"suite: {suite}", *states, BY_WHOM])
    return f"to accept today's rules for the next promotion, write {path}: {{{text}}}"


BY_WHOM = "who: '@NAME', why: 'WHY', until: 'YYYY-MM-DD'"
"""What whoever writes an override says in it, to be filled in: in one line, as the whole file may be."""


UNDONE = "undone since"
"""Beside a rule that asks for as much again."""

SECTION = "Rules that were loosened"
"""Heads the list of them."""


def _number(value: float) -> str:
    return f"{value:g}"


def _all_digits(value: float) -> str:
    return f"{value:.12g}"


_EXACTLY: Mapping[Callable[[float], str], Callable[[float], str]] = {
    margin: lambda value: _all_digits(100 * value),
    per_cent: lambda value: f"{_all_digits(100 * value)}%",
}
"""What writes a number with all of its digits in place of what rounds it."""

_WHOLE = frozenset({"metric", "judge", "protected", "suite", "protected_alias"})
"""Rules that are there or not."""

_NAMES: Mapping[RuleCode, tuple[str, Callable[[float], str], str]] = {
    "margin": ("accepted loss", margin, " points"),
    "floor": ("floor", margin, " points"),
    "error": ("error", per_cent, ""),
    "repeats": ("repeats", _number, ""),
    "steps": ("rounds of tool calls", _number, ""),
    "limit": ("limit", _number, ""),
    "kappa": ("required agreement of judges", _number, ""),
    "age": ("age of judges' measurements", _number, " days"),
    "protected": ("protected tag", _number, ""),
    "metric": ("metric", _number, ""),
    "judge": ("judge", _number, ""),
    "cases": ("cases", _number, ""),
    "cases_added": ("cases", _number, ""),
    "scorer": ("scorer", _number, ""),
    "own_scorer": ("scorer file", _number, ""),
    "models": ("models", _number, ""),
    "labels": ("labels", _number, ""),
    "labels_added": ("labels", _number, ""),
    "baseline": ("baseline", _number, ""),
    "suite": ("suite", _number, ""),
    "enforce": ("what a fail stops", _number, ""),
    "ceiling": ("ceiling", _number, ""),
    "price": ("price", _number, " dollars"),
    "protected_alias": ("protected alias", _number, ""),
    "model_list": ("allowed models", _number, ""),
    "asked_model": ("model asked", _number, ""),
    "endpoint": ("endpoint", _number, ""),
    "target": ("app", _number, ""),
    "plugin": ("package of the plug-in", _number, ""),
}
