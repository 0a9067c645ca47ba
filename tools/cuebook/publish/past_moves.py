"""Moves of aliases as they were published: records of the data branch, checked against Git.

Git says who moved what from where to where. A record adds what was known of it then. What it says of a
verdict counts only where that verdict is on the branch, so that no record can call a version passed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cuebook.publish.data_branch import MoveRecord, key_of
from cuebook.shapes import published
from cuebook.shapes._base import encode
from cuebook.shapes.moves import AliasMove, MoveEvidence, State
from cuebook.shapes.verdict import Verdict
from cuebook.wording.headline import headline


@dataclass(frozen=True)
class PastMoves:
    """The records of past moves, by (prompt, alias, commit).

    ``kept`` returns every recorded verdict on a version, given prompt and number. Of a version that is
    ``erased`` (prompt and number) nothing is published that it said, so no verdict that was compared with it.
    """

    records: Mapping[tuple[str, str, str], MoveRecord] = field(default_factory=dict)
    kept: Callable[[str, int], Sequence[Verdict]] = lambda name, number: ()  # noqa: ARG005
    erased: Collection[tuple[str, int]] = ()

    def as_called(self, names: Mapping[str, str]) -> PastMoves:
        """Return the same with what was known under former ``names`` (old to new) under those of today."""
        found = {(names.get(name, name), at, sha): told for (name, at, sha), told in self.records.items()}
        former: dict[str, list[str]] = {}
        for old, new in names.items():
            former.setdefault(new, []).append(old)

        def kept(name: str, number: int) -> list[Verdict]:
            verdicts = [item for known in (name, *former.get(name, ())) for item in self.kept(known, number)]
            return [item.model_copy(update={"prompt": name}) for item in verdicts]

        # Under the former names as well: files under these are published, too.
        return PastMoves({**found, **self.records}, kept, self.erased)

    def told(self, name: str, move: AliasMove, digest: str | None, now: Iterable[Verdict]) -> AliasMove:
        """Return the move with what was recorded of it; unchanged without a record of this very version.

        ``digest`` is that of the version moved to, ``now`` the verdicts on it that are published today.
        """
        record = self.records.get((name, move.alias, move.commit))
        if record is None or record.version != move.version:
            return move
        if move.version is not None and record.digest != digest:
            return move
        known = list(self._known(name, record, {key_of(verdict): verdict for verdict in now}))
        state = published.worst(item.outcome for item in known)
        # A pass that is known needs nobody's word.
        held = record.override if state != "pass" else None
        told: dict[str, object] = {
            "recorded": record.recorded,
            "pull_request": record.pull_request,
            "merged_by": record.merged_by,
            "approved_by": record.approved_by,
        }
        if move.version is not None:
            shown: State = "override" if held else state
            urls = [item.url for item in known if item.url]
            told |= {"known": known, "evidence": urls, "state": shown, "override": record.override}
        return move.model_copy(update=told)

    def _known(self, name: str, record: MoveRecord, now: Mapping[str, Verdict]) -> Iterator[MoveEvidence]:
        number = record.version
        if number is None:
            return
        # Reading what is kept takes a look into the data branch; most moves need none.
        gone = any(item.key not in now for item in record.evidence)
        kept = self.kept(name, number) if gone else ()
        there = {key_of(verdict): verdict for verdict in kept}
        for item in record.evidence:
            if (verdict := now.get(item.key)) and verdict.suite == item.suite:
                url = published.evaluation_path(name, number, item.suite)
            elif (verdict := there.get(item.key)) and verdict.suite == item.suite:
                url = published.earlier_path(name, number, item.suite, item.key)
                url = "" if quotes(verdict, self.erased) else url
            else:
                # A run that could have gone on is not kept; that it passed would have to be shown.
                if item.outcome != "pass":
                    yield item.model_copy(update={"url": ""})
                continue
            said = {"outcome": verdict.alone.outcome, "headline": headline(verdict), "url": url}
            yield item.model_copy(update=said)

    def files(self, moves: Iterable[AliasMove], name: str) -> dict[str, bytes]:
        """Return the files, by path, of verdicts that moves are based on and that were replaced since."""
        found: dict[str, bytes] = {}
        for move in moves:
            # Only the path of a verdict that was replaced has its key; today's is published anyway.
            wanted = {item.key: item for item in move.known if item.url.endswith(f".{item.key}.json")}
            if wanted and move.version is not None:
                for verdict in self.kept(name, move.version):
                    if item := wanted.get(key_of(verdict)):
                        found[item.url] = encode(verdict)
        return found


def quotes(verdict: Verdict, erased: Collection[tuple[str, int]]) -> bool:
    """Whether a verdict has answers of a version that is ``erased`` (prompt and number) beside its own."""
    return verdict.baseline is not None and (verdict.prompt, verdict.baseline.version) in erased


def evidence_of(verdicts: Iterable[Verdict]) -> list[MoveEvidence]:
    """Return these verdicts as evidence in the record of a move."""
    return [
        MoveEvidence(
            suite=verdict.suite, outcome=verdict.outcome, headline=headline(verdict), key=key_of(verdict)
        )
        for verdict in verdicts
    ]
