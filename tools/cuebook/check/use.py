"""Rules for how versions are used: models that can be asked, prompts that something evaluates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from cuebook import models, scorers
from cuebook.check._found import Found, read_document
from cuebook.core import refs
from cuebook.core.errors import Problem, nearest
from cuebook.core.files import Broken, Tree
from cuebook.core.format import plural, some
from cuebook.core.layout import SUITE, aliases_path, labels_path, suite_path
from cuebook.core.moments import utc_text
from cuebook.core.yaml_files import read_numbered_yaml
from cuebook.gate.quoted import quoted
from cuebook.judging import ask
from cuebook.models import version_findings
from cuebook.registry.alias_pointers import pointing
from cuebook.registry.judges import named_judges, pinned_judges
from cuebook.registry.labels import labelled
from cuebook.registry.paths import EVALS, PROMPTS, version_path
from cuebook.registry.reader import in_use
from cuebook.registry.settings import Settings, readable_config
from cuebook.registry.suite_files import SCORERS
from cuebook.shapes.suite import ScorerSpec
from cuebook.wording.elsewhere import not_allowed
from cuebook.wording.ending import ends, instead, way_off
from cuebook.wording.named import NamedCode, line_of_judge, named_problem, way_to_model
from cuebook.wording.promotion import another_model
from cuebook.wording.version_files import version_problem


def day_problems(tree: Tree, found: Found, today: str) -> Iterator[Problem]:
    """Versions that say they come from a day that has not come: they would stay the newest for years."""
    # A day without a time zone may have begun elsewhere, up to 14 hours before it does in UTC.
    last = (date.fromisoformat(today) + timedelta(days=1)).isoformat() if today else ""
    for version in (version for name in found.versions for version in found.seen(name)) if today else ():
        if (utc_text(version.created) or "")[:10] > last:
            line = read_document(tree, version.path).line(["created"])
            yield version_problem("created_later", version.path, line, created=version.created)


def model_problems(tree: Tree, found: Found, today: str) -> Iterator[Problem]:
    """What would stop the first call of a version in use, and live versions whose model was not gated."""
    settings = readable_config(tree)
    pinned: dict[str, list[int]] = {}
    for ref in (ref for suite in found.suites.values() for ref in map(refs.parse_ref, pinned_judges(suite))):
        pinned.setdefault(ref.name, []).extend([ref.version] if ref.version else [])
    graded = labelled(tree)
    for name in found.versions:
        aliases = found.aliases_of(name)
        used = {*(version.number for version in found.in_use(name)), *pinned.get(name, ())}
        needed = {*in_use(sorted(found.versions[name]), aliases), *pinned.get(name, ())}
        for version in found.seen(name):
            if version.number not in used or found.doubts_at(version) & {"model"}:
                continue
            if settings.in_doubt(version.model):  # what is wrong in the settings is said already
                continue
            # A model that the settings put in its place is no fault of the version.
            own = settings.resolve(version.model) == version.model
            pointed = pointing(aliases, version.number)
            live = [alias for alias in settings.protected_aliases if alias in pointed]
            asked = settings.resolve(version.model)
            unknown = models.unknown_provider(asked, models.served(settings))
            nobody = unknown or models.not_offered(asked, settings)
            for item in () if nobody and not own else version_findings(version, settings):
                if item.field.partition(".")[0] in found.doubts_at(version):
                    continue
                line = read_document(tree, version.path).line(item.field.split("."))
                refused: NamedCode = "field_refused" if own else "field_refused_in_place"
                about = {"why": item.what, "cure": item.cure, "prompt": name}
                yield named_problem(refused, version.path, line, **about)
            if own and (unlisted := models.unlisted(asked, settings)):
                line = read_document(tree, version.path).line(["model"])
                about = {"why": unlisted.what, "cure": unlisted.cure}
                yield named_problem("model_unlisted", version.path, line, **about)
            if end := models.ending(asked, settings, today):
                line = read_document(tree, version.path).line(["model"])
                # What judges is not exchanged together with what it measures: migrate leaves it.
                judges = name in pinned or name in graded
                is_draft = own and version.path in found.drafts
                how = "" if is_draft else way_off(end, "" if live and own and not judges else name)
                # A history that is imported has versions of models that are gone, which nobody will ask.
                is_needed = end.days < 0 and version.number in needed
                stops: NamedCode = "model_gone" if is_needed else "model_ending"
                about = {"ends": ends(end), "instead": instead(end, how)}
                yield named_problem(stops, version.path, line, **about)
            by_gate = name in pinned or any(
                suite.prompt == name and not (suite.models or suite.target) for suite in found.suites.values()
            )
            yield from _not_asked(tree, version.path, asked, settings, by_gate=by_gate and not nobody)
            if live and asked != version.model and not nobody:
                path = aliases_path(name)
                line = read_numbered_yaml(tree.read(path) or b"", path).line([live[0]])
                why = another_model(version.model, live[0], asked)
                naming = [item.number for item in found.readable(name) if item.model == asked]
                number = max(naming, default=max(found.versions[name]) + 1)
                cure = way_to_model(name, asked, number, is_written=bool(naming))
                yield named_problem(NOT_GATED, path, line, why=why, cure=cure)


def _not_asked(tree: Tree, path: str, asked: str, settings: Settings, *, by_gate: bool) -> Iterator[Problem]:
    """Why the gate would ask nobody: no plug-in offers a version's model, or the settings leave it out."""
    install = models.missing_plugin(asked, settings)
    if install or (by_gate and not settings.allows(asked)):
        line = read_document(tree, path).line(["model"])
        what, cure = not_allowed(asked, settings.models)
        if install:
            yield named_problem("plugin_missing", path, line, model=asked, install=install)
        else:
            yield named_problem("model_not_allowed", path, line, why=what, cure=cure)


def repeated_cases(tree: Tree, found: Found) -> Iterator[Problem]:
    """Drafts that were told what they will be asked, before anybody pays for it."""
    for suite in found.suites.values():
        for version in found.readable(suite.prompt):
            names = quoted(version, suite.cases) if version.path in found.drafts else ()
            if names:
                document = read_document(tree, version.path)
                line = document.line(["template" if version.messages is None else "messages"])
                about = {
                    "count": plural(len(names), "case"),
                    "suite": suite.name,
                    "cases": some(sorted(names)),
                }
                yield named_problem("repeats_cases", version.path, line, **about)


def unread_model_problems(tree: Tree, found: Found) -> Iterator[Problem]:
    """Models that nobody has, of the drafts and latest versions of which nothing else can be seen."""
    settings = readable_config(tree)
    for name, versions in found.versions.items():
        for number, version in versions.items():
            path = version_path(name, number)
            is_seen = version or number in found.outlines.get(name, ())
            if is_seen or not (path in found.drafts or number == max(versions)) or tree.read(path) is None:
                continue
            try:
                document = read_document(tree, path)
            except Broken:  # said already
                continue
            model = document.data.get("model") if isinstance(document.data, dict) else None
            if not isinstance(model, str) or "/" not in model or settings.in_doubt(model):
                continue  # the shape says that, or the settings do
            asked = settings.resolve(model)
            served = models.served(settings)
            wrong = models.unknown_provider(asked, served) or models.not_offered(asked, settings)
            if wrong and asked == model:
                line = document.line(["model"])
                yield named_problem("model_unknown", path, line, why=wrong.what, cure=wrong.cure)


NOT_GATED: NamedCode = "not gated"
"""Code of the problem that apps get another model than the gate asks: the gate is the way out of it."""


def use_problems(tree: Tree, found: Found) -> Iterator[Problem]:
    """What only all files together show: prompts nobody evaluates, judges nobody measured."""
    # One without its version, or with a slip, is refused where it is written, and is meant all the same.
    written = (ref for suite in found.suites.values() for ref in named_judges(suite))
    pinned = {re.split("[/@]", ref)[0] for ref in written}
    # A name that is written wrong is told where it is: the judge that is meant has its suite.
    judges = {name if name in found.versions else nearest(name, list(found.versions)) for name in pinned}
    graded = labelled(tree)
    suites = {path.split("/")[1] for path in tree.paths(EVALS) if path.endswith(f"/{SUITE}")}
    unsure = {
        name
        for name, suite in found.suites.items()
        if found.doubts_of(name).touch(SCORERS) or any(map(_lacks_pin, suite.scorers))
    }
    if unsure or suites - set(found.suites):  # one that cannot be read may name any that have labels
        judges |= graded & set(found.versions)
    readable = [version for name in found.versions for version in found.readable(name)]
    fragments = {refs.parse_ref(ref).name for version in readable for ref in version.includes}
    for name, versions in found.versions.items():
        if not versions:
            continue  # that there is none is told
        if name in judges and name not in graded:
            yield named_problem("judge_without_labels", f"{PROMPTS}/{name}", labels=labels_path(name))
        if name in fragments and not found.aliases_of(name):
            continue  # its words are evaluated where they are included
        if name in graded and name not in judges and name not in found.named:
            yield named_problem("judge_unused", f"{PROMPTS}/{name}", line=judge_line(found, name))
        elif name not in found.named and name not in judges and not refs.name_problem(name):
            yield named_problem("not_evaluated", f"{PROMPTS}/{name}", suite=suite_path(name))


def judge_line(found: Found, name: str) -> str:
    """The scorer of a suite that asks the latest version of a judge."""
    latest = max(found.versions[name], default=1)
    seen = next((version for version in found.seen(name) if version.number == latest), None)
    if seen is None:  # what is wrong with it is told where it is
        return line_of_judge(f"{name}/{latest}", ())
    return line_of_judge(seen.ref, ask.asked_of_cases(seen), compares=ask.compares(seen))


def _lacks_pin(spec: ScorerSpec) -> bool:
    """Whether a scorer asks a judge and does not say which, which is told where it is."""
    return (
        scorers.exists(spec.name) and scorers.find(spec.name).needs_model and "prompt" not in spec.parameters
    )
