"""Verdicts kept on disk: bound to the digests of everything they depend on, reused while those hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from cuebook.core.canonical import digest
from cuebook.core.files import write_if_changed
from cuebook.shapes._base import encode, is_newer
from cuebook.shapes.cause import StaleCode, StaleInput
from cuebook.shapes.verdict import Digests, Verdict


@dataclass(frozen=True)
class Evidence:
    """A folder of verdicts: ``<prompt>/<version>/<suite>.json``.

    Second comparisons on the same suite are beside it: ``<suite>@<8 hex digits of its digests>.json``.
    Each file is read once, and a verdict that was read from it is not written again. ``newer`` are the files
    that a newer Cuebook wrote: they count as none here, and stay for that one.
    """

    folder: Path
    newer: list[Path] = field(default_factory=list, repr=False, compare=False)
    _known: dict[Path, Verdict | None] = field(default_factory=dict, repr=False, compare=False)

    def path(self, prompt: str, version: int, suite: str) -> Path:
        """Where the verdict on a version and suite is kept."""
        return self.folder / prompt / str(version) / f"{suite}.json"

    def load(self, prompt: str, version: int, suite: str) -> Verdict | None:
        """The verdict kept, whatever it is bound to; None when there is none that can be read."""
        return self._load(self.path(prompt, version, suite))

    def _load(self, path: Path) -> Verdict | None:
        if path not in self._known:
            self._known[path] = None
            if path.is_file():
                # One that cannot be read is none: it is decided again, from kept replies.
                try:
                    self._known[path] = Verdict.model_validate_json(path.read_bytes())
                except ValidationError as error:
                    if is_newer(error):
                        self.newer.append(path)
        return self._known[path]

    def seconds(self, prompt: str, version: int, suite: str) -> list[Verdict]:
        """The verdicts of second comparisons kept beside it."""
        paths = sorted(self.path(prompt, version, suite).parent.glob(f"{suite}@*.json"))
        return [verdict for path in paths if (verdict := self._load(path))]

    def save(self, verdict: Verdict, *, second: bool = False) -> None:
        """Keep a verdict in place of an earlier one on the same version and suite.

        A ``second`` one takes the place of one with the same digests only; none that of a newer Cuebook's.
        """
        suite = verdict.suite
        if second:
            suite += f"@{digest(verdict.digests.keyed).removeprefix('sha256:')[:8]}"
        path = self.path(verdict.prompt, verdict.candidate.version, suite)
        if self._load(path) is not verdict:
            if path not in self.newer:
                write_if_changed(path, encode(verdict))
            self._known[path] = verdict

    def all(self) -> Iterator[Verdict]:
        """Every verdict kept, by prompt, version and suite."""
        for path in sorted(self.folder.glob("*/*/*.json")):
            prompt, version = path.parent.parent.name, path.parent.name
            # Second comparisons belong to the verdict that they are beside: see ``seconds``.
            if not version.isdigit() or "@" in path.stem:
                continue
            if verdict := self.load(prompt, int(version), path.stem):
                yield verdict


def is_final(verdict: Verdict) -> bool:
    """Return whether a further run with the same digests cannot change the verdict.

    It can when a ceiling stopped the run, or when nothing was decided for lack of scores or of a judge's
    measurement: the replies so far are kept, and the next run goes on from there.
    """
    found = verdict.coverage
    silent = any(judge.doubt is not None and judge.doubt.is_gap for judge in verdict.judges)
    open_ = verdict.outcome == "inconclusive" and (found.missing or found.dropped or silent)
    return not (verdict.stopped or open_)


_FIELDS: tuple[StaleCode, ...] = (
    "candidate",
    "baseline",
    "dataset",
    "suite",
    "judges",
    "calibrations",
    "models",
    "target",
)
"""Fields of ``Digests`` that have to be equal, in the order in which people read them."""


def moved(old: Digests, new: Digests) -> list[StaleInput]:
    """Return what differs between the digests of a verdict and those of today; empty while it holds."""
    found = [StaleInput(name) for name in _FIELDS if getattr(old, name) != getattr(new, name)]
    found += _of_cuebook(old, new)
    # One that is not installed here answers nothing else: evidence made elsewhere holds without it.
    others = sorted(name for name, source in new.plugins.items() if old.plugins.get(name) != source)
    found += [StaleInput("plugin", name) for name in others if name not in new.own_scorers]
    found += [StaleInput("own_scorer", name) for name in others if name in new.own_scorers]
    # An earlier release does not tell where it asked, and a checkout that may ask nobody has no endpoints.
    found += [
        StaleInput("endpoint", name)
        for name, where in sorted(new.servers.items())
        if old.servers.get(name, where) != where
    ]
    # Of the text, all that has a cause of its own is named by now: the suite has other scorers, for one.
    return found or ([StaleInput("tool")] if old.tool != new.tool else [])


def _of_cuebook(old: Digests, new: Digests) -> list[StaleInput]:
    """Return what of Cuebook itself has another version than it had for a verdict."""
    if old.tool == new.tool:
        return []
    if old.gate is None or new.gate is None:  # an earlier release has the text alone
        return [StaleInput("tool")]
    found = [StaleInput("gate")] if old.gate != new.gate else []
    both = sorted(old.scorers.keys() & new.scorers.keys())
    found += [StaleInput("scorer", name) for name in both if old.scorers[name] != new.scorers[name]]
    asked_by_it = old.providers is not None and new.providers is not None
    return found + ([StaleInput("providers")] if asked_by_it and old.providers != new.providers else [])


def after_removal(verdict: Verdict) -> list[StaleInput]:
    """Return what changed since for a verdict on a suite that is gone: its removal.

    Nothing for a pass that decided when it was removed already. What it refused then may be accepted since.
    """
    was_gone = verdict.outcome == "pass" and any(item.code == "suite" for item in verdict.loosened)
    return [] if was_gone else [StaleInput("suite_removed")]
