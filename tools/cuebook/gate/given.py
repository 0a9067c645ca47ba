"""A comparison whose answers exist already, in files: which versions they are of, and who gives them.

Pure. Such a comparison is decided as any other and is never evidence: where a file comes from is unknown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from cuebook.core.canonical import digest
from cuebook.core.errors import RefError
from cuebook.core.refs import parse_ref
from cuebook.gate.answering import Slot
from cuebook.gate.attempts import order_salt
from cuebook.gate.comparison import Comparison
from cuebook.gate.plan import compare, in_order
from cuebook.registry.answer_files import AnswerFile
from cuebook.registry.reader import Registry
from cuebook.shapes.run import Case, Failure, ModelReply, Version
from cuebook.shapes.suite import Suite
from cuebook.shapes.verdict import Arm, Verdict

_PLAIN = re.compile(r"[^\w./+ -]")
"""What of a file's name reports do not show: it might be markup, or end a line."""
_LONGEST = 80
"""Characters of a name that are shown, counted from its end: paths differ there."""


@dataclass(frozen=True, slots=True)
class GivenAnswers:
    """Answers to the cases of a suite: of the candidate, and of the baseline where two are compared."""

    candidate: AnswerFile
    baseline: AnswerFile | None = None

    def common(self, cases: Iterable[Case]) -> tuple[Case, ...]:
        """The cases that every file answers."""
        return tuple(case for case in cases if all(answered(file, case) for file in self.files))

    @property
    def files(self) -> list[AnswerFile]:
        """The one file or both."""
        return [file for file in (self.candidate, self.baseline) if file]

    async def answers(self, slots: Sequence[Slot]) -> list[ModelReply | Failure]:
        """As ``Answering``: what the files say; a case that is left out is lost."""
        found: list[ModelReply | Failure] = []
        for slot in slots:
            file = self.baseline if slot.is_baseline else self.candidate
            assert file is not None
            said = file.by_case.get(slot.case.id, {})
            if not said:
                found.append(Failure("candidate", f"no answer in {self.called(file)}"))
            elif slot.repeat in said:
                found.append(said[slot.repeat])
            else:
                # A protected case is run again, and the file has no more of it: it says the same again.
                found.append(said[sorted(said)[slot.repeat % len(said)]])
        return found

    def called(self, file: AnswerFile) -> str:
        """What tells a file from the other, as every report may show it."""
        short = [PurePath(item.name).name for item in self.files]
        name = PurePath(file.name).name
        return _PLAIN.sub("?", name if short.count(name) == 1 else file.name)[-_LONGEST:]


def answered(file: AnswerFile, case: Case) -> bool:
    """Whether a file has an answer to a case."""
    return case.id in file.by_case


def comparison_of(registry: Registry, suite: Suite, given: GivenAnswers) -> Comparison:
    """The suite's cases with the versions that the files are of. Raises RefError, InvalidFiles.

    The order of the cases is drawn from the digests of what was said. Where versions of the registry said it,
    it is theirs, and the verdict is that of the gate, bit for bit.
    """
    repeats = min(suite.repeats, given.candidate.repeats)
    before = max(suite.repeats, suite.gate.baseline_repeats)
    # At most as many repeats as the files hold answers: nobody can be asked for one more.
    rules = replace(suite.gate, baseline_repeats=min(before, given.baseline.repeats) if given.baseline else 1)
    suite = replace(suite, models=(), repeats=repeats, gate=rules)
    candidate = _version(registry, suite, given.candidate)
    baseline = _version(registry, suite, given.baseline) if given.baseline else None
    found = compare(registry, suite, candidate, baseline, "for reading")
    found = replace(found, reading_only=True, given=True)
    if all(_recorded(registry, file) for file in given.files):
        return found
    salt = order_salt(digest([file.digest for file in given.files]), suite.dataset_digest, 0)
    return replace(found, cases=in_order(found.cases, salt))


def _recorded(registry: Registry, file: AnswerFile) -> Version | None:
    """The version of the registry that gave the answers, where the file names it as it is there."""
    try:
        found = registry.resolve(parse_ref(file.version)) if file.version else None
    except RefError:
        return None
    return found if found and found.digest == file.version_digest else None


def _version(registry: Registry, suite: Suite, file: AnswerFile) -> Version:
    """What stands for a file: the version that answered, else production with the model that the file names.

    Scorers look at the version for the schema of its answers, which those of another app are held to as well.
    """
    if (found := _recorded(registry, file)) and found.prompt == suite.prompt:
        return found
    alias = suite.gate.baseline if suite.gate.baseline in registry.aliases(suite.prompt) else "latest"
    production = registry.resolve(parse_ref(f"{suite.prompt}@{alias}"))
    named = Counter(item.served_model for item in file.answers.values() if isinstance(item, ModelReply))
    # The model that gave most answers; the name settles a tie, so that the verdict is the same each time.
    return replace(production, model=max(named, key=lambda name: (named[name], name), default=""))


def named_after(verdict: Verdict, comparison: Comparison, given: GivenAnswers) -> Verdict:
    """The verdict with the names of the files in place of versions."""

    def arm(arm: Arm, file: AnswerFile) -> Arm:
        unanswered = sum(not answered(file, case) for case in comparison.cases)
        facts = {"digest": file.digest, "message": "", "file": given.called(file), "unanswered": unanswered}
        return arm.model_copy(update=facts)

    baseline = arm(verdict.baseline, given.baseline) if verdict.baseline and given.baseline else None
    candidate = arm(verdict.candidate, given.candidate)
    now = {"candidate": candidate, "baseline": baseline, "live_version": None, "live_share": False}
    return verdict.model_copy(update=now)
