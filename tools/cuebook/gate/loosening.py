"""Compare two states of a suite, or of the settings: which rules became less strict, as typed changes. Pure.

Whatever is not known to be as strict counts as looser: other settings of a scorer that decides, another
judge, other words on a label.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase

from cuebook import scorers
from cuebook.core.canonical import alike, canonical, digest_bytes
from cuebook.core.errors import RefError
from cuebook.core.layout import suite_path
from cuebook.core.stand_ins import is_stand_in
from cuebook.gate.base_suite import case_changes
from cuebook.gate.protected import failures_to_break
from cuebook.models import price_of
from cuebook.registry.judges import pinned_judges
from cuebook.registry.reader import Registry
from cuebook.registry.settings import Settings
from cuebook.shapes.cause import RuleChange, RuleCode
from cuebook.shapes.labels import Labels
from cuebook.shapes.settings_format import Endpoint, Price, TargetApp
from cuebook.shapes.suite import ScorerSpec, Suite

SPENDING: frozenset[RuleCode] = frozenset({"enforce", "ceiling"})
"""Rules that say what is spent and stopped, not what a version has to show."""

MOST_ADDED = 0.1
"""Share of added cases that is no loosening: where these are level, a loss shows at 1/1.1 of its size.

Beyond it enough easy ones would bring any loss below the margin, however honest each of them is. What is
gained on fewer can hide a loss as well, so a promotion answers to the first state of all whatever joined it.
"""


def suite_loosened(
    old: Suite, new: Suite | None, seen: Collection[str] = (), most_added: float = MOST_ADDED
) -> list[RuleChange]:
    """The rules and cases of a suite that ask for less than before; without ``new``, the suite itself.

    ``seen`` are the inputs that the prompt and the judges read; a larger share of cases than ``most_added``
    counts.
    """
    file = suite_path(old.name)
    if new is None or new.prompt != old.prompt:
        found = [RuleChange(code="suite", label=old.name, count=len(old.cases))]
    else:
        found = [
            *_metrics(old, new),
            *_gate(old, new),
            *_models(old, new),
            *_cases(old, new, seen, most_added),
            *_protected_cases(old, new),
        ]
    return [item.model_copy(update={"file": item.file or file}) for item in found]


def seen_inputs(registry: Registry, suite: Suite) -> set[str]:
    """The inputs that versions and judges of a suite read."""
    known = set(registry.names())
    versions = registry.versions(suite.prompt) if suite.prompt in known else []
    for ref in pinned_judges(suite):
        with suppress(RefError):  # of former rules it may be erased
            versions.append(registry.resolve(ref))
    return {name for version in versions for name in version.inputs}


def _metrics(old: Suite, new: Suite) -> Iterator[RuleChange]:
    before, after = _specs(old), _specs(new)
    for label, rule in old.gate.metrics.items():
        now = new.gate.metrics.get(label)
        if now is None:
            yield RuleChange(code="metric", label=label)
            continue
        if now.margin > rule.margin:
            yield RuleChange(code="margin", label=label, old=rule.margin, new=now.margin)
        if rule.floor is not None and (now.floor is None or now.floor < rule.floor):
            yield RuleChange(code="floor", label=label, old=rule.floor, new=now.floor)
        yield from _scorer(label, before[label], after[label])
        for name in sorted(old.files.keys() | new.files.keys()):
            if new.files.get(name) != old.files.get(name) and _may_read(before[label], name):
                was, now_is = (_digits(suite.files.get(name)) for suite in (old, new))
                file = f"{old.path}/{name}"
                yield RuleChange(code="scorer", label=f"{label} ({name})", was=was, now=now_is, file=file)


def _digits(data: bytes | None) -> str:
    """The beginning of a file's digest, which people compare by eye; empty where there is no file."""
    return "" if data is None else digest_bytes(data).removeprefix("sha256:")[:12]


def _scorer(label: str, old: ScorerSpec, new: ScorerSpec) -> Iterator[RuleChange]:
    was, now = (str(spec.parameters.get("prompt", "")) for spec in (old, new))
    if was and now and was != now and old.name == new.name:
        yield RuleChange(code="judge", label=label, was=was, now=now)
    if not alike([old.name, _others(old)], [new.name, _others(new)]):
        yield RuleChange(code="scorer", label=label, was=_written(old), now=_written(new))


def _may_read(spec: ScorerSpec, file: str) -> bool:
    """Whether a file beside the suite may have a part in a scorer's scores.

    Ours read what their settings name; what one of somebody else reads by itself, nobody knows.
    """
    return file in spec.parameters.values() or spec.name not in scorers.built_in()


def _others(spec: ScorerSpec) -> Mapping[str, object]:
    return {name: value for name, value in spec.parameters.items() if name != "prompt"}


def _written(spec: ScorerSpec) -> str:
    others = _others(spec)
    return f"{spec.name} {canonical(others).decode()}" if others else spec.name


def _gate(old: Suite, new: Suite) -> Iterator[RuleChange]:
    was, now = old.gate, new.gate
    if was.protected and now.protected != was.protected:
        yield RuleChange(code="protected", label="", was=was.protected, now=now.protected or "")
    elif was.protected:
        # A case that the baseline fails by any metric that decides can no longer break by the others.
        for label in sorted(now.metrics.keys() - was.metrics.keys()):
            yield RuleChange(code="protected", label=label, was=was.protected, now=was.protected)
    if now.baseline != was.baseline:
        yield RuleChange(code="baseline", was=was.baseline, now=now.baseline)
    # The other way round stops more.
    if (was.enforce, now.enforce) == ("merge", "promotion"):
        yield RuleChange(code="enforce", was=was.enforce, now=now.enforce)
    for name, limit in was.limits.items():
        yield from _raised("limit", name, limit, now.limits.get(name))
    # A judge of which more is asked may decide no more, and other metrics then pass in its place.
    if was.judges.min_kappa != now.judges.min_kappa:
        yield RuleChange(code="kappa", old=was.judges.min_kappa, new=now.judges.min_kappa)
    yield from _raised("age", "", was.judges.max_age_days, now.judges.max_age_days)
    yield from _raised("error", "", was.error, now.error)
    # Fewer hide what goes wrong later, more let through what went on for too long.
    if old.max_steps != new.max_steps:
        yield RuleChange(code="steps", old=old.max_steps, new=new.max_steps)
    yield from _lowered("repeats", "", old.repeats, new.repeats)
    yield from _lowered("repeats", "baseline", was.baseline_repeats, now.baseline_repeats)
    for name in ("max_cost_usd", "max_tokens", "max_calls"):
        yield from _raised("ceiling", name, getattr(was, name), getattr(now, name))


def _raised(code: RuleCode, label: str, old: float | None, new: float | None) -> Iterator[RuleChange]:
    if old is not None and (new is None or new > old):
        yield RuleChange(code=code, label=label, old=old, new=new)


def _lowered(code: RuleCode, label: str, old: float | None, new: float | None) -> Iterator[RuleChange]:
    if old is not None and (new is None or new < old):
        yield RuleChange(code=code, label=label, old=old, new=new)


def _models(old: Suite, new: Suite) -> Iterator[RuleChange]:
    """Models, or an app, that no version has to hold on any more; without a list it is each version's own."""
    was, now = _answering(old), _answering(new)
    if set(was) - set(now):
        yield RuleChange(code="models", was=", ".join(was), now=", ".join(now))


def _answering(suite: Suite) -> tuple[str, ...]:
    return (f"the app {suite.target}",) if suite.target else suite.models or ("each version's own",)


def _cases(old: Suite, new: Suite, seen: Collection[str], most_added: float) -> Iterator[RuleChange]:
    changes = case_changes(old, new, seen)
    file = f"{new.path}/{new.dataset}"
    if gone := len(changes.removed) + len(changes.edited):
        yield RuleChange(code="cases", old=len(old.cases), new=len(new.cases), count=gone, file=file)
    if len(changes.added) > most_added * len(old.cases):
        yield RuleChange(
            code="cases_added", old=len(old.cases), new=len(new.cases), count=len(changes.added), file=file
        )


def _protected_cases(old: Suite, new: Suite) -> Iterator[RuleChange]:
    """Further protected cases, where it takes more failed runs from now on for any of them to break."""
    tag = old.gate.protected
    before, after = (sum(tag in case.tags for case in suite.cases) for suite in (old, new))
    was, now = failures_to_break(before), failures_to_break(after)
    if tag and before and tag == new.gate.protected and now > was:
        yield RuleChange(code="protected", old=was, new=now)


def _specs(suite: Suite) -> dict[str, ScorerSpec]:
    return {spec.label: spec for spec in suite.scorers}


def labels_loosened(judge: str, old: Labels, new: Labels) -> list[RuleChange]:
    """Return the labels that a judge is no longer measured against, or that say something else now.

    A line may move to another file.
    """
    after = {item.case.digest for item in new.given}
    # A label that was skipped measured nothing: nothing is lost with it.
    gone = [item for item in old.given if item.label is not None and item.case.digest not in after]
    if not gone:
        return []
    counts = len(old.given), len(new.given)
    return [
        RuleChange(
            code="labels", label=judge, old=counts[0], new=counts[1], count=len(gone), file=gone[0].path
        )
    ]


def labels_changed(judge: str, old: Labels, new: Labels) -> list[RuleChange]:
    """Return what was loosened of a judge's labels, else whether there are others beside them now.

    Further labels take nothing back, yet enough of them, or the right ones, end that a judge decides: a
    promotion answers to those of the last one, too. Where there were none, no judge decided by them.
    """
    found = labels_loosened(judge, old, new)
    if found or not old.cases or old.digest == new.digest:
        return found
    counts = len(old.given), len(new.given)
    more = max(counts[1] - counts[0], 1)
    return [RuleChange(code="labels_added", label=judge, old=counts[0], new=counts[1], count=more)]


def settings_loosened(old: Settings, new: Settings, file: str) -> list[RuleChange]:
    """What the settings protect or allow less strictly than before."""
    found = [RuleChange(code="protected_alias", label=alias) for alias in new.unprotected_since(old)]
    # An empty list allows every model, so it is looser than any list.
    if old.models and (not new.models or not all(_within(name, old.models) for name in new.models)):
        found.append(
            RuleChange(code="model_list", was=", ".join(old.models), now=", ".join(new.models) or "any")
        )
    # What answers or judges under another name or address cannot be asked again as it was.
    for name in ("model", "judge_model"):
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            found.append(RuleChange(code="asked_model", label=name, was=was or "", now=now or ""))
    for name, endpoint in old.endpoints.items():
        server = new.endpoints.get(name)
        if server != endpoint:
            was, now = endpoint.base_url, _address(server)
            if was == now and server:
                keys = [
                    key for key in ("api_key_env", "like") if getattr(endpoint, key) != getattr(server, key)
                ]
                was, now = (_plain(each, keys) for each in (endpoint, server))
            found.append(RuleChange(code="endpoint", label=name, was=was, now=now))
    for name in old.targets:
        found += app_loosened(name, old, new)
    for name, package in old.plugins.items():
        if (after := new.plugins.get(name, "")) != package:
            found.append(RuleChange(code="plugin", label=name, was=package, now=after))
    for name in ("max_cost_usd", "max_tokens", "max_calls"):
        found += _raised("ceiling", name, getattr(old, name), getattr(new, name))
    # Lower prices make limits on cost, and ceilings in dollars, allow more.
    for model in sorted({*old.prices, *new.prices}):
        found += _cheaper(model, price_of(model, old), price_of(model, new))
    return [item.model_copy(update={"file": file}) for item in found]


def _cheaper(model: str, old: Price | None, new: Price | None) -> Iterator[RuleChange]:
    """The prices of a model that are lower now, also than that of the table where the settings had none."""
    for kind in ("input", "output", "cached_input", "cache_write"):
        was, now = (getattr(price, kind, None) for price in (old, new))
        # Without a price of its own, what is read from a cache or written there costs what is read at all.
        if old is not None and (was, now) != (None, None):
            was = old.input if was is None else was
            now = new.input if now is None and new is not None else now
            yield from _lowered("price", f"{model} {kind}", was, now)


def asked_otherwise(old: Settings, new: Settings, models: Collection[str]) -> list[RuleChange]:
    """The models in use that are answered elsewhere now: another model, or another server.

    Where a stand-in gave way to a model, nothing became less strict.
    """
    found = []
    for model in sorted(models):
        was, now = old.resolve(model), new.resolve(model)
        if was != now:
            if not is_stand_in(was):
                found.append(RuleChange(code="asked_model", label=model, was=was, now=now))
            continue
        name = now.partition("/")[0]
        before, after = old.endpoints.get(name), new.endpoints.get(name)
        if _address(before) != _address(after):
            found.append(RuleChange(code="endpoint", label=name, was=_address(before), now=_address(after)))
    # Several models of one endpoint would tell the same change once each.
    return list({(item.code, item.label): item for item in found}.values())


def app_loosened(name: str, old: Settings, new: Settings) -> list[RuleChange]:
    """What an app under test is called by, where another program may answer by it now, or less is watched.

    Its files are what is tested, and change with every change of the app.
    """
    before, after = old.targets.get(name), new.targets.get(name)
    if before is None:
        return []
    keys = [
        key for key in ("command", "cwd", "prompt") if after and getattr(before, key) != getattr(after, key)
    ]
    # A variable or pattern that is added loosens nothing. Without any pattern every file is watched.
    keys += ["env"] if after and set(before.env) - set(after.env) else []
    keys += ["files"] if after and after.files and not set(before.files or "*") <= set(after.files) else []
    if after and not keys:
        return []
    was, now = (_plain(app, keys or ["command"]) for app in (before, after))
    return [RuleChange(code="target", label=name, was=was, now=now)]


def _plain(settings: TargetApp | Endpoint | None, keys: Collection[str]) -> str:
    found = settings.model_dump(mode="json", include=set(keys)) if settings else {}
    return ", ".join(f"{key} {canonical(value).decode()}" for key, value in found.items())


def _address(endpoint: Endpoint | None) -> str:
    return endpoint.base_url if endpoint else ""


def _within(model: str, patterns: Sequence[str]) -> bool:
    """Whether a model or pattern of the list was allowed before; of two patterns only equal ones are."""
    return model in patterns or ("*" not in model and any(fnmatchcase(model, item) for item in patterns))
