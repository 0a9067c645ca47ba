"""What was live before a change: the one answer for gate, publication and rollback.

Records on the data branch say it. Before anything was published on record, Git's history of the default
branch from before the change does; what a change itself did never counts.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

from cuebook.core import git, git_base
from cuebook.core.errors import GitError, InvalidFiles, RefError
from cuebook.core.files import FixedTree
from cuebook.core.layout import Layout, aliases_path
from cuebook.core.refs import name_problem
from cuebook.jobs.readable_states import newest_readable, read_rules
from cuebook.jobs.workspace import Workspace
from cuebook.publish.data_branch import Live, Published
from cuebook.publish.history import moves_at
from cuebook.registry.alias_changes import AliasChange, TriedPairs, alias_changes
from cuebook.registry.alias_past import AliasPast, FormerRules, Pasts, Stay
from cuebook.registry.layout_history import history
from cuebook.registry.overrides import override_of
from cuebook.registry.paths import EVALS
from cuebook.registry.reader import Registry
from cuebook.registry.renames import Renamed, as_called, former_names
from cuebook.registry.rule_history import rule_states
from cuebook.registry.scorer_names import listed
from cuebook.registry.settings import FILES, layout_of
from cuebook.registry.version_files import read_aliases
from cuebook.shapes.labels import Labels
from cuebook.shapes.moves import AliasMove
from cuebook.shapes.verdict import Verdict

_LOOKED_AT = 5
"""Versions whose verdicts are read to find one that was refused."""


@dataclass(frozen=True)
class LiveHistory:
    """The past of every alias as of ``before``, the registry before the change; None: nothing is known."""

    workspace: Workspace
    before: Registry | None

    def versions(self, prompt: str, alias: str) -> frozenset[int]:
        """Return the versions that an alias was allowed to point to: those that a rollback may return to.

        The grounds do not matter: a rollback that needs evidence on a bad day would be none.
        """
        recorded = self.recorded(prompt, alias)
        if recorded:
            # Another text under a number that is on record was never let in.
            return frozenset(
                item.version for item in recorded if self._digest(prompt, item.version) == item.digest
            )
        if self.workspace.ledger.published:
            return frozenset()  # published on record, and this alias not: it was never allowed to go live
        left = {move.previous for move in self.moves(prompt, alias) if move.previous}
        return frozenset(
            number
            for number in left
            if self._is_as_left(prompt, alias, number) and not self.was_refused(prompt, number)
        )

    def _is_as_left(self, prompt: str, alias: str, number: int) -> bool:
        """Whether a version says what it said when an alias left it, by Git.

        One that was deleted may come back with another text, of which nobody has seen that it works.
        """
        key = (prompt, alias, number)
        if key not in self._as_left:
            last = next(move for move in self.moves(prompt, alias) if move.previous == number)
            _, *before = git.first_parents(self.workspace.root, None, last.commit, 2)
            told = None
            with suppress(GitError, RefError, InvalidFiles):
                told = self._as_called(before[0]).version(prompt, number).digest if before else None
            self._as_left[key] = told is not None and told == self._digest(prompt, number)
        return self._as_left[key]

    @cached_property
    def _as_left(self) -> dict[tuple[str, str, int], bool]:
        return {}

    def tried(self, prompt: str, alias: str) -> TriedPairs:
        """Return pairs (version in use, version tried) that an alias was allowed to have.

        Without records these are what the alias tries before the change, where a verdict kept here passes it.
        What only an override allowed is left out: overrides end, and a larger share takes a pass or another.
        """
        names = (prompt, *self._former(prompt))
        recorded = [item for name in names for item in self.workspace.ledger.tried(name, alias)]
        if recorded or self.workspace.ledger.published:
            return frozenset(
                (item.beside, item.version)
                for item in recorded
                if item.grounds != "override"
                and self._digest(prompt, item.version) == item.digest
                and self._digest(prompt, item.beside) == item.beside_digest
            )
        pointers = self.before.pointers(prompt) if self.before and prompt in self.before.names() else {}
        if alias not in pointers:
            return frozenset()
        use, tries = pointers[alias].use, pointers[alias].tries
        return frozenset((use, number) for number in tries if self._passed(prompt, number, use))

    def labels_before(self, move: AliasChange) -> Iterator[Labels]:
        """The labels of a judge before the change that moves its alias.

        Where several changes are published at once, those that the ones before it merged count as well.
        """
        before, tip = self.before, self.workspace.default_base
        if before is None or move.prompt not in before.names():
            return
        yield before.labels(move.prompt)
        if not isinstance(before.tree, git.Snapshot) or tip is None:
            return
        root, start = self.workspace.root, before.tree.sha
        for sha in git.first_parents(root, start, git_base.left_at(root, tip)):
            with suppress(InvalidFiles, RefError):  # a state that nobody can read tells nothing
                state = self.workspace.tip(sha)
                if state.aliases(move.prompt).get(move.alias) != move.version:
                    yield state.labels(move.prompt)
                    return

    def last(self, prompt: str, alias: str) -> int | None:
        """The version that was live last: where the alias points, or pointed before it was taken away."""
        stays = self._pointed(prompt, alias)
        return stays[-1].version if stays else None

    def pasts(self, protected: Sequence[str]) -> Pasts:
        """The pasts of the protected aliases of each prompt that the change moves, or gives a version."""
        before, after = self.before, self.workspace.registry
        moved = {(move.prompt, move.alias) for move in alias_changes(before, after, protected).moved}
        wanted = set(moved)
        old = set(before.names()) if before else set()
        for name in after.names():
            # A new version is compared with what is live, though no alias moves.
            if before and name in old and set(after.numbers(name)) - set(before.numbers(name)):
                wanted |= {(name, alias) for alias in protected}
        # Of a version that no alias moves to, nobody asks what a promotion answers to.
        return {
            (name, alias): replace(
                self.past(name, alias), rules=self.rules(name, alias) if (name, alias) in moved else ()
            )
            for name, alias in wanted
        }

    def past(self, prompt: str, alias: str) -> AliasPast:
        """Return what an alias pointed to, in Git's order, without what was never allowed to go live."""
        pointed = self._pointed(prompt, alias)
        records = self.recorded(prompt, alias)
        # What is erased is no version to go back to, and was live all the same.
        erased = {item.version for item in records if self._digest(prompt, item.version) is None}
        known = self.versions(prompt, alias) | erased | {stay.version for stay in pointed[-1:]}
        grounds = {item.version: item.grounds for item in records}
        stays: list[Stay] = []
        for stay in pointed:
            if stay.version in known and not (stays and stays[-1].version == stay.version):
                # An override for a version accepts that one, and no weaker rules for the next.
                stays.append(replace(stay, renews=grounds.get(stay.version) != "override"))
        return AliasPast(tuple(stays), self.versions(prompt, alias), tried=self.tried(prompt, alias))

    def rules(self, prompt: str, alias: str) -> tuple[FormerRules, ...]:
        """Return what the next promotion answers to, oldest first: the rules of a promotion, and all since.

        That promotion is the last which an override let through that names what was loosened, or of which no
        record tells. A pass under all of these loosens nothing: else a harmless promotion between would make
        any loosening good.
        """
        past = self.past(prompt, alias)
        grounds = {item.version: item.grounds for item in self.recorded(prompt, alias)}
        promotions = past.promotions
        renewed = [stay for stay in promotions if grounds.get(stay.version) != "pass"] or promotions[:1]
        if not renewed or self._start is None:
            return ()
        start, names = renewed[-1], self._former(prompt)
        found = [rules] if (rules := self._rules(prompt, start)) else []
        lines = self._lines_since(start.commit)
        states = (
            state
            for tip, line in lines.items()
            for state in rule_states(self.workspace.root, self._rule_changes(tip), line, (prompt, *names))
        )
        for state in states:
            time = state.commit.time if state.commit else start.time
            live = next((stay for stay in reversed(past.stays) if stay.time <= time), start)
            sha = state.commit.sha if state.commit else start.commit
            # The files of rules alone do not tell what other prompts were called then.
            at = self._as_called(sha) if self._renamed else Registry(state.tree)
            found.append(FormerRules(live.version, time, at, between=state.commit is not None))
        return tuple(found)

    @cached_property
    def _renamed(self) -> bool:
        """Whether any prompt or judge ever had another name."""
        return self.before is not None and any(map(self._former, self.before.names()))

    def _lines_since(self, commit: str) -> dict[str, frozenset[str]]:
        """The lines of the default branch since a commit, by where they end, the one that goes on last.

        There are several where the branch was moved on to a merge of itself into another branch: what it was
        before is behind the second parent then, and known by what was published.
        """
        published = [item.commit for item in self._line]
        since = published[published.index(commit) + 1 :] if commit in published else published
        found: dict[str, frozenset[str]] = {}
        for tip in (self._start or "HEAD", *reversed(since)):
            if not any(tip in line for line in found.values()):
                line = git.first_parents(self.workspace.root, commit, tip)
                found = {tip: frozenset(line)} | found
        return found

    def _rule_changes(self, tip: str) -> list[git.FileChange]:
        """The changes, up to a commit, of all that rules are read from."""
        if tip not in self._changes_to:
            own = listed(self.before.tree) if self.before else []
            wanted = [EVALS, *FILES, *(path for path in own if not path.startswith(f"{EVALS}/"))]
            self._changes_to[tip] = history(self.workspace.root, wanted, tip)
        return self._changes_to[tip]

    @cached_property
    def _changes_to(self) -> dict[str, list[git.FileChange]]:
        return {}

    def lost(self, prompt: str, alias: str) -> Published | None:
        """A publication that Git's history has lost, and with it what the last promotion answered to.

        None where nothing is known to have been live, and where the last promotion is younger.
        """
        if not self._lost or not self.recorded(prompt, alias):
            return None
        promotion = self.past(prompt, alias).promotion if self.before else None
        former = promotion.former if promotion else ""
        since = next((item.time for item in self._line if item.commit == former), "")
        newest = max(self._lost, key=lambda item: item.time)
        return newest if newest.time >= since else None

    def _pointed(self, prompt: str, alias: str) -> list[Stay]:
        """Where an alias pointed: by Git's moves up to the first publication, then at each of them."""
        line = self._line
        moves = self.moves(prompt, alias)
        if line:
            there = set(git.first_parents(self.workspace.root, None, line[0].commit))
            moves = [move for move in moves if move.commit in there]
        found = [Stay(move.version, move.commit, move.time) for move in reversed(moves) if move.version]
        former = ""
        for item, aliases in zip(line, self._states(prompt), strict=True):
            version = aliases.get(alias)
            if version and not (found and found[-1].version == version):
                found.append(Stay(version, item.commit, item.time, former=former))
            former = item.commit
        return found

    def _states(self, prompt: str) -> list[dict[str, int]]:
        """The aliases of a prompt, whatever it was called then, at each publication on record."""
        found: list[dict[str, int]] = [{} for _ in self._line]
        root = self.workspace.root
        for name in (prompt, *self._former(prompt)) if found else ():
            path = aliases_path(name)
            if name_problem(name):  # a former name is text of a file, and becomes a path here
                continue
            places = [f"{self.workspace.prefix}{layout.there(path)}" for layout in self._layouts]
            commits = (item.commit for item in self._line)
            for at, data in enumerate(git.files_at(root, zip(commits, places, strict=True))):
                # Today's name first; a former one counts where that had no file yet.
                found[at] = found[at] or (read_aliases(data, path)[0] if data else {})
        return found

    @cached_property
    def _layouts(self) -> list[Layout]:
        """Where the registry's folders were at each publication on record."""
        root, prefix = self.workspace.root, self.workspace.prefix
        pairs = [(item.commit, file) for item in self._line for file in FILES]
        data = git.files_at(root, [(sha, f"{prefix}{file}") for sha, file in pairs])
        told = [{file: text} if text else {} for (_, file), text in zip(pairs, data, strict=True)]
        step = len(FILES)
        files = [dict(ChainMap(*told[at : at + step])) for at in range(0, len(told), step)]
        return [layout_of(FixedTree(one)) for one in files]

    @cached_property
    def _line(self) -> list[Published]:
        """The publications on record that the change came after, oldest first."""
        records = self.workspace.ledger.publications
        if not records or not self._start:
            return []
        order = {sha: place for place, sha in enumerate(git.ancestors(self.workspace.root, self._start))}
        known = (item for item in records if item.commit in order)
        # By Git's order: the times in records are those of the machines that published.
        return sorted(known, key=lambda item: -order[item.commit])

    @cached_property
    def _lost(self) -> list[Published]:
        """The publications on record that are in no history here: neither before the change nor after it."""
        known = {item.commit for item in self._line}
        others = [item for item in self.workspace.ledger.publications if item.commit not in known]
        if not others:
            return []
        tips = ["HEAD", *([tip] if (tip := self.workspace.default_base) else [])]
        there = {sha for name in tips for sha in git.ancestors(self.workspace.root, name)}
        return [item for item in others if item.commit not in there]

    def recorded(self, prompt: str, alias: str) -> list[Live]:
        """Return the records of what an alias was allowed to point to, whatever its prompt was called."""
        names = (prompt, *self._former(prompt))
        return [item for name in names for item in self.workspace.ledger.live(name, alias)]

    def _former(self, prompt: str) -> tuple[str, ...]:
        """The names that a prompt had before the change, none that only the change says it had."""
        before = self.before
        if before is None or prompt not in before.names():
            return ()
        now = before.tree.names if isinstance(before.tree, Renamed) else {}
        return (*(old for old, new in now.items() if new == prompt), *former_names(before, prompt))

    def _rules(self, prompt: str, promotion: Stay) -> FormerRules | None:
        """The registry that a promotion made, and the one it changed: what was published before it."""
        # A history that was cut off no longer holds it; ``lost`` is what says so.
        with suppress(GitError):
            line = git.first_parents(self.workspace.root, None, promotion.commit, 2)[1:]
            former = promotion.former or (line[0] if line else None)
            # By a state that nobody can read nothing was decided: those before it did.
            before = self._readable(prompt, former) if former else None
            at = self._readable(prompt, promotion.commit) or before
            return FormerRules(promotion.version, promotion.time, at, before) if at else None
        return None

    def _readable(self, prompt: str, commit: str) -> Registry | None:
        return newest_readable(
            self.workspace, commit, self._as_called, lambda state: read_rules(state, prompt)
        )

    def _as_called(self, commit: str) -> Registry:
        """The registry at a commit, with its prompts and judges under the names that they have now."""
        then, now = self.workspace.tip(commit), self.before
        there = set(then.names())
        known = now.names() if now else ()
        names = {
            old: name for name in known if name not in there for old in self._former(name) if old in there
        }
        return as_called(then, now or then, names)

    def moves(self, prompt: str, alias: str) -> list[AliasMove]:
        """How the default branch moved an alias before the change, newest first."""
        names = (prompt, *self._former(prompt))
        found = [move for name in names for move in self._moves.get(name, ())]
        return [move for move in found if move.alias == alias]

    @cached_property
    def _moves(self) -> Mapping[str, list[AliasMove]]:
        """Those on the line of ``before``: HEAD's is the change's own where a branch is checked out."""
        return moves_at(self.workspace.root, self._start) if self._start else {}

    @property
    def _start(self) -> str | None:
        """The commit that ``before`` stands for; where it is the checkout's own files, that is HEAD."""
        if self.before is None or git.top(self.workspace.root) is None:
            return None
        tree = self.before.tree
        return tree.sha if isinstance(tree, git.Snapshot) else "HEAD"

    def _digest(self, prompt: str, number: int) -> str | None:
        try:
            return self.workspace.registry.version(prompt, number).digest
        except RefError:
            return None

    def was_refused(self, prompt: str, number: int) -> bool:
        """Return whether the gate refused a version: it has recorded verdicts, and none is known as a pass.

        Without recorded ones: whether a verdict kept here is a fail, and no override held on a day on which
        an alias was pointed to the version.
        """
        found = self._on_record(prompt, number)
        if found or self._newer(prompt, number):
            return not any(verdict.outcome == "pass" for verdict in found)
        # Behind a later version what goes back may well fail: that says nothing of how it came to be live.
        failed = any(
            verdict.outcome == "fail" and verdict.baseline and verdict.baseline.version < number
            for verdict in self._kept(prompt, number)
        )
        if not failed:
            return False
        # By the overrides from before the change: what it brings itself says nothing of the past.
        before = self.before
        if before is None or prompt not in before.names() or number not in before.numbers(prompt):
            return True
        moves = (move for name in (prompt, *self._former(prompt)) for move in self._moves.get(name, ()))
        days = {move.time[:10] for move in moves if move.version == number}
        return not any(override_of(before, prompt, number, day) for day in days)

    def _passed(self, prompt: str, number: int, beside: int) -> bool:
        """Whether each suite's verdict that is kept here passes a version beside this one."""
        kept = [*self._kept(prompt, number), *self._on_record(prompt, number)]
        pair = (self._digest(prompt, number), self._digest(prompt, beside))
        about = (v for v in kept if (v.digests.candidate, v.digests.baseline) == pair)
        # On every suite of today: one that came later has let nothing through yet.
        passed = {verdict.suite for verdict in about if verdict.outcome == "pass"}
        return bool(passed) and passed.issuperset(s.name for s in self.workspace.registry.suites_of(prompt))

    def _on_record(self, prompt: str, number: int) -> list[Verdict]:
        """The verdicts on a version that the data branch holds, whatever its prompt was called."""
        names = (prompt, *self._former(prompt))
        return [found for name in names for found in self.workspace.ledger.load(name, number)]

    def _newer(self, prompt: str, number: int) -> bool:
        """Whether it holds some that only a newer Cuebook can read; known after ``_on_record``."""
        names = (prompt, *self._former(prompt))
        return any(self.workspace.ledger.newer_on(name, number) for name in names)

    def _kept(self, prompt: str, number: int) -> list[Verdict]:
        """The verdicts on a version as it is that the folder of what is known holds, one for each suite."""
        evidence = self.workspace.evidence
        names = (prompt, *self._former(prompt))
        # A folder that was renamed with its prompt had the former name.
        suites = [*(suite.name for suite in self.workspace.registry.suites_of(prompt)), *names[1:]]
        found = (evidence.load(name, number, suite) for name in names for suite in suites)
        digest = self._digest(prompt, number)
        return [verdict for verdict in found if verdict and verdict.digests.candidate == digest]

    def last_refused(self, prompt: str) -> int | None:
        """The newest version that verdicts on record refuse, among those that came last."""
        before = self.before
        if before is None or self.workspace.ledger.tip is None or prompt not in before.names():
            return None
        newest = before.numbers(prompt)[: -_LOOKED_AT - 1 : -1]  # the last few, from the newest on
        refused = (number for number in newest if self.was_refused(prompt, number))
        # Where a newer Cuebook has its say, it may have let the version through.
        return next((number for number in refused if not self._newer(prompt, number)), None)
