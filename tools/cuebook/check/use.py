"""Rules for how versions are used: models that can be asked, prompts that something evaluates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from cuebook import models, scorers
from cuebook.check._found import TWO, Found, read_document
from cuebook.core import refs
from cuebook.core.errors import Problem
from cuebook.core.files import Broken, Tree
from cuebook.gate.comparison import pinned_judges
from cuebook.models import version_findings
from cuebook.registry.alias_pointers import pointing
from cuebook.registry.labels import labelled, labels_path
from cuebook.registry.paths import EVALS, PROMPTS, version_path
from cuebook.registry.reader import in_use
from cuebook.registry.settings import readable_config
from cuebook.registry.suite_files import SCORERS
from cuebook.shapes.suite import ScorerSpec, Suite
from cuebook.wording.ending import ends, instead
from cuebook.wording.promotion import another_model


def model_problems(tree: Tree, found: Found, today: str) -> Iterator[Problem]:
    """What would stop the first call of a version in use, and live versions whose model was not gated."""
    settings = readable_config(tree)
    pinned: dict[str, list[int]] = {}
    for ref in (ref for suite in found.suites.values() for ref in map(refs.parse_ref, _pins(suite))):
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
                severity: Literal["error", "warning"] = "error" if own else "warning"
                cure = item.cure if own else f"in a version of its own: {item.cure}; cuebook new {name}"
                yield Problem(version.path, line, item.what, cure, severity, since=TWO)
            if own and (unlisted := models.unlisted(asked, settings)):
                line = read_document(tree, version.path).line(["model"])
                yield Problem(version.path, line, unlisted.what, unlisted.cure, "warning")
            if end := models.ending(asked, settings, today):
                line = read_document(tree, version.path).line(["model"])
                # What judges is not exchanged together with what it measures: migrate leaves it.
                judges = name in pinned or name in graded
                to = f"migrate --from {end.model} --to {end.successor or 'PROVIDER/MODEL'}"
                how = to if live and own and not judges else f"new {name}"
                cure = f"{instead(end)}: cuebook {how}"
                # A history that is imported has versions of models that are gone, which nobody will ask.
                severity = "error" if end.days < 0 and version.number in needed else "warning"
                yield Problem(version.path, line, ends(end), cure, severity, since=TWO)
            if install := models.missing_plugin(asked, settings):
                what = f"no plug-in offers {asked}: this version cannot be evaluated here"
                line = read_document(tree, version.path).line(["model"])
                yield Problem(version.path, line, what, install, "warning")
            if live and asked != version.model and not nobody:
                path = f"{PROMPTS}/{name}/aliases.yml"
                what = another_model(version.model, live[0], asked)
                line = read_document(tree, path).line([live[0]])
                cure = _how_to_name(found, name, asked)
                yield Problem(path, line, what, cure, since=TWO, code=NOT_GATED)


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
                yield Problem(path, document.line(["model"]), wrong.what, wrong.cure, since=TWO)


NOT_GATED = "not gated"
"""Code of the problem that apps get another model than the gate asks: the gate is the way out of it."""


def _how_to_name(found: Found, name: str, model: str) -> str:
    """How apps come to get the model that is asked: by a version that names it, passes and goes live."""
    naming = [version.number for version in found.readable(name) if version.model == model]
    number = max(naming, default=max(found.versions[name]) + 1)
    write = "" if naming else f'cuebook new {name} -m "Ask {model}", then '
    return f"{write}cuebook gate {name}/{number} && cuebook promote {name}/{number}"


def use_problems(tree: Tree, found: Found) -> Iterator[Problem]:
    """What only all files together show: prompts nobody evaluates, judges nobody measured."""
    judges = {refs.parse_ref(ref).name for suite in found.suites.values() for ref in _pins(suite)}
    graded = labelled(tree)
    suites = {path.split("/")[1] for path in tree.paths(EVALS) if path.endswith("/suite.yml")}
    unsure = {
        name
        for name, suite in found.suites.items()
        if found.doubts_of(name).touch(SCORERS) or any(map(_lacks_pin, suite.scorers))
    }
    if unsure or suites - set(found.suites):  # one that cannot be read may name any that have labels
        judges |= graded & set(found.versions)
    readable = [version for name in found.versions for version in found.readable(name)]
    fragments = {refs.parse_ref(ref).name for version in readable for ref in version.includes}
    for name in found.versions:
        if name in judges and name not in graded:
            cure = f"add {labels_path(name)} with answers that people have graded"
            yield Problem(
                f"{PROMPTS}/{name}", 0, "this judge has no labels to be measured against", cure, "warning"
            )
        if name in fragments and not found.aliases_of(name):
            continue  # its words are evaluated where they are included
        if name not in found.named and name not in judges and not refs.name_problem(name):
            cure = f"add evals/{name}/suite.yml"
            yield Problem(f"{PROMPTS}/{name}", 0, "no suite evaluates this prompt", cure, "warning")


def _lacks_pin(spec: ScorerSpec) -> bool:
    """Whether a scorer asks a judge and does not say which, which is told where it is."""
    return (
        scorers.exists(spec.name) and scorers.find(spec.name).needs_model and "prompt" not in spec.parameters
    )


def _pins(suite: Suite) -> list[str]:
    return [ref for ref in pinned_judges(suite) if "/" in ref or "@" in ref]
