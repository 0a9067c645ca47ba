"""What to do after a verdict: a code, the words of a button, a sentence, and where it leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cuebook.core.format import capital, joined
from cuebook.core.layout import aliases_path, labels_path, meta_path, shown, suite_path
from cuebook.shapes.cause import Cause
from cuebook.shapes.judge_state import JudgeState
from cuebook.shapes.verdict import Ruling, Verdict, takes_most, units_of
from cuebook.wording.clauses import scored_few, still_to_spend
from cuebook.wording.headline import causes_of, ruling_of
from cuebook.wording.names import new_version, prices
from cuebook.wording.weak_judges import (
    better_judge,
    is_badly_known,
    more_labels,
    share_shown,
    shows_only,
    weak_judge,
)

NextCode = Literal[
    "nothing",
    "promote",
    "merge",
    "write_version",
    "see_broken",
    "unstage",
    "roll_back",
    "run_again",
    "raise_ceiling",
    "raise_tokens",
    "write_judge",
    "label_answers",
    "measure_judge",
    "give_prices",
    "pin_model",
    "add_rule",
    "add_cases",
    "accept_rules",
]
ButtonTarget = Literal["none", "aliases", "editor", "cases", "labels", "judge", "suite", "settings", "rerun"]
"""What a renderer that has links makes one to."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing to do. ``label`` is for a button and empty where there is nothing to press.

    ``text`` is a whole sentence with the file or the command; ``target`` is where a button leads, and
    ``name`` the prompt, judge or suite that it is about.
    """

    code: NextCode
    text: str
    label: str = ""
    target: ButtonTarget = "none"
    name: str = ""


def next_step(verdict: Verdict) -> NextStep:
    """Return the one thing to do next."""
    return next_steps(verdict)[0]


def next_steps(verdict: Verdict, staged_as: Sequence[str] = (), *, is_stale: bool = False) -> list[NextStep]:
    """Say what to do next, the most important first; ``staged_as`` are other aliases that name the version.

    A pass that ``is_stale`` lets nothing through, whatever it said then.
    """
    name, number, alias = verdict.prompt, verdict.candidate.version, verdict.baseline_alias
    # In this order: where an earlier one holds, what a later one would advise is done or cannot help.
    if verdict.moves and verdict.lets_through:
        return [NextStep("merge", f"Merge the change: {joined(verdict.moves)} then points to v{number}.")]
    if verdict.live_version is not None and number < verdict.live_version and not verdict.live_share:
        text = f"Nothing to do: v{verdict.live_version} is live.{_no_promotion(verdict)}"
        return [NextStep("nothing", text)]
    if verdict.reading_only:
        return [_for_reading(verdict)]
    if is_stale and verdict.outcome == "pass":
        text = f"Evaluate it again, with today's files: cuebook gate {name}/{number}"
        return [NextStep("run_again", text, "Run again", "rerun", name)]
    if verdict.live and not verdict.live_share and verdict.lets_through:
        return [NextStep("nothing", f"Nothing to do: v{number} is live.")]
    if verdict.withdrawn and verdict.outcome == "pass":
        return [_withdrawn(verdict)]
    aliases = shown(aliases_path(name))
    if (other := verdict.candidate.replaced_by) and verdict.lets_through:
        text = f"Write a version that names {other}, as apps get the model of a version: {new_version(name)}"
        return [NextStep("write_version", text, "Write a version…", "editor", name)]
    if verdict.lets_through:
        how = "Promote it" if verdict.outcome == "pass" else "The override lets it be promoted"
        text = f"{how}: set '{alias}: {number}' in {aliases}."
        return [NextStep("promote", text, "Promote…", "aliases", name)]
    if verdict.outcome == "fail":
        steps = _failed(verdict, aliases)
        for other in staged_as:
            text = f"Take v{number} out of {other}: edit {aliases}."
            steps.append(NextStep("unstage", text, f"Take v{number} out of {other}…", "aliases", name))
        return steps
    return [_open(verdict)]


def _withdrawn(verdict: Verdict) -> NextStep:
    """What to do about a version that passes and that somebody took out of use."""
    name, number = verdict.prompt, verdict.candidate.version
    if verdict.withdrawn == "retired":
        meta = shown(meta_path(name))
        text = f"Nothing to do: v{number} is retired. To promote it, take it out of 'retired' in {meta}."
        return NextStep("nothing", text)
    text = f"Write a better version, as v{number} was live and rolled back: {new_version(name)}"
    return NextStep("write_version", text, "Write a better version", "editor", name)


def _no_promotion(verdict: Verdict) -> str:
    """Say of a version older than the live one that it was not compared with that; empty where it was."""
    other, number = verdict.baseline, verdict.candidate.version
    if verdict.reading_only or (other and other.version == verdict.live_version):
        return ""
    compared = f"compares v{number} with v{other.version}" if other else f"looks at v{number} alone"
    asks = f"cuebook promote {verdict.prompt}/{number}"
    return (
        f" This verdict {compared}. To promote v{number}, run {asks}: it says what is missing, if anything."
    )


def _open(verdict: Verdict) -> NextStep:
    """What a verdict that is not decided lacks, by the comparison that is open."""
    first = ruling_of(verdict)
    if verdict.second and first.outcome == verdict.second.ruling.outcome == "pass":
        many = verdict.second.more_than
        what = "what was loosened, and by whom" if many else "who changed the settings"
        text = f"Look at {what}, then accept it in overrides/{verdict.suite}-rules.yml."
        return NextStep("accept_rules", text)
    # Where the first comparison passed, the second keeps the pass away, so its lack is what counts.
    open_one = verdict.second.ruling if verdict.second and first.outcome == "pass" else first
    step = _undecided(verdict, open_one)
    second = verdict.second if open_one is not first else None
    if second and second.why == "rules" and step.code == "add_cases":
        # Their cases are those of then: what joins today's is not among them.
        back = "Put the former rules back and add cases until it passes"
        word = f"overrides/{verdict.suite}-rules.yml"
        return NextStep("accept_rules", f"{back}, or say who is responsible for today's in {word}.")
    if second and step.code == "add_cases" and verdict.made_from and verdict.made_from.quoted:
        other = f"or add cases to {shown(f'evals/{verdict.suite}')}"
        text = (
            f"Write a version whose examples are not its test cases, {other}: {new_version(verdict.prompt)}"
        )
        return NextStep("write_version", text, "Write a better version", "editor", verdict.prompt)
    if verdict.live and not verdict.moves:
        text = (
            f"v{verdict.candidate.version} is live without the evidence that the suite requires. {step.text}"
        )
        step = NextStep(step.code, text, step.label, step.target, step.name)
    return step


def _for_reading(verdict: Verdict) -> NextStep:
    """What makes it decide; of answers from a file, which never do, what helps where they show nothing."""
    if not verdict.candidate.file:
        text = f"To have it decide, run: cuebook gate {verdict.prompt}/{verdict.candidate.version}"
        return NextStep("nothing", text)
    ruling = ruling_of(verdict)
    causes = causes_of(ruling)
    code = causes[0].code if causes else ""
    rules = shown(suite_path(verdict.suite))
    if code in {"not_shown", "stopped_early"}:
        return _add_cases(verdict, rules, ruling)
    if code == "no_rule":
        text = f"Give {rules} a floor, or compare with another file of answers: --against FILE"
        return NextStep("add_rule", text, "Edit the suite", "suite", verdict.suite)
    return NextStep("nothing", f"To let a version through, gate it: cuebook gate {verdict.prompt}")


def _failed(verdict: Verdict, aliases: str) -> list[NextStep]:
    name, number = verdict.prompt, verdict.candidate.version
    write = f"write a better version: {new_version(name)}"
    see = "See what broke" if verdict.baseline else "See what failed"
    seen = NextStep("see_broken", f"{see}: cuebook gate {name}/{number}", see, "cases", name)
    if verdict.live_share and not verdict.moves:
        text = f"v{number} is on trial: end the trial in {aliases}, or {write}"
        return [NextStep("roll_back", text, "Go back…", "aliases", name), seen]
    # A first version has no earlier one to go back to.
    if verdict.live and number > 1 and not verdict.moves:
        text = f"v{number} is live: point {aliases} at an earlier version, or {write}"
        return [NextStep("roll_back", text, "Go back…", "aliases", name), seen]
    text = (
        f"v{number} is live. {see}, then {write}"
        if verdict.live and not verdict.moves
        else f"Do not promote it. {see}, then {write}"
    )
    return [NextStep("write_version", text, "Write a better version", "editor", name), seen]


_BETTER_JUDGE: Mapping[str, str] = {
    "judge_void": "that lets no known-bad answer win",
    "judge_unreadable": "whose reply can be read",
    "judge_unsteady": "that goes by the answers, not by their order, and may call them equal",
}


def _undecided(verdict: Verdict, ruling: Ruling) -> NextStep:
    """What an open comparison lacks, by its first reason."""
    name, suite, cause = verdict.prompt, verdict.suite, causes_of(ruling)[0]
    again = "Run the same command again: it asks only for what is missing."
    known = verdict.judge_of(cause.label)
    judge = (known.ref if known else cause.label).partition("/")[0]
    rules = shown(suite_path(suite))
    match cause.code:
        case "ceiling":
            more = still_to_spend(verdict, cause)
            takes = f"the rest takes {more}" if more else "cuebook plan says what it takes"
            text = f"Raise the ceiling ({takes}) and run the same command again: what was answered is kept."
            return NextStep("raise_ceiling", text, "Run again", "rerun", name)
        case "models_silent" | "scores_missing" | "protected_unseen" | "samples_wrong":
            return NextStep("run_again", again, "Run again", "rerun", name)
        case "answers_unusable" | "all_zero":
            return _of_no_use(verdict, cause, rules)
        case "two_models" if verdict.app:
            text = f"Let the app {verdict.app.name} ask one exact model for both versions, then run again."
            return NextStep("run_again", text, "Run again", "rerun", name)
        case "two_models":
            text = (
                f"Name an exact model in a new version, so that no other takes its place: {new_version(name)}"
            )
            return NextStep("pin_model", text, "Write a better version", "editor", name)
        case "judge_void" | "judge_unreadable" | "judge_unsteady":
            text = f"Write a version of the judge {_BETTER_JUDGE[cause.code]}: {new_version(judge)}"
            return NextStep("write_judge", text, "Write a better judge", "editor", judge)
        case "judge_advisory":
            return _doubted(verdict, cause, judge)
        case "limit_unknown":
            if any(item.name == "cost_usd" and item.value is None for item in verdict.limits):
                text = f"{capital(prices(verdict.app))}."
                return NextStep("give_prices", text, "", "settings", name)
            return NextStep("run_again", again, "Run again", "rerun", name)
        case "no_rule":
            earlier = ", or compare with an earlier version," if verdict.candidate.version > 1 else ""
            text = f"Give {rules} a floor{earlier} so that something can decide."
            return NextStep("add_rule", text, "Edit the suite", "suite", suite)
        case _:
            return _add_cases(verdict, rules, ruling)


def _of_no_use(verdict: Verdict, cause: Cause, rules: str) -> NextStep:
    """What to do about answers that are of no use: where only the baseline's are, not about the candidate."""
    name, baseline = verdict.prompt, verdict.baseline
    if cause.who == "baseline" and baseline:
        word = f"overrides/{name}-v{verdict.candidate.version}.yml"
        find = f"Find out why v{baseline.version} answers like that."
        text = f"{find} To let this version take its place, say in {word} who is responsible."
        return NextStep("see_broken", text, "See the answers", "cases", name)
    if cause.how == "cut_off":
        text = f"Raise maxTokens in a new version: {new_version(name)}"
        return NextStep("raise_tokens", text, "Write a better version", "editor", name)
    text = f"Read the answers and what {rules} asks for, then write a version: {new_version(name)}"
    return NextStep("see_broken", text, "See the answers", "cases", name)


def _doubted(verdict: Verdict, cause: Cause, judge: str) -> NextStep:
    state = verdict.judge_of(cause.label)
    if state is None or state.doubt is None or state.doubt.code == "no_labels":
        labels = shown(labels_path(judge))
        text = f"Grade some answers by hand in {labels}, then run: cuebook judge {judge}"
        return NextStep("label_answers", text, "Label answers", "labels", judge)
    if state.doubt.is_gap:
        text = "Run the same command again: it asks the judge about its labels first."
        return NextStep("run_again", text, "Run again", "rerun", judge)
    if state.doubt.code in {"moved", "expired"}:
        text = f"Measure the judge's agreement with people: cuebook judge {judge}"
        return NextStep("measure_judge", text, "", "judge", judge)
    text = f"See where the judge and people disagree: cuebook judge {judge}"
    return NextStep("measure_judge", text, "See where they disagree", "judge", judge)


def _weak(judge: JudgeState, rules: str) -> NextStep:
    """What helps where a judge shows so little of a difference that cases do not."""
    name = judge.ref.partition("/")[0]
    why = f"{judge.ref} {shows_only(share_shown(judge)[1] or 0.0)}"
    if is_badly_known(judge):
        text = f"{capital(more_labels(name))}: by the labels so far, {why}."
        return NextStep("label_answers", text, "Label answers", "labels", name)
    text = f"{capital(better_judge(name, judge.label, rules))}: {why}."
    return NextStep("write_judge", text, "Write a better judge", "editor", name)


def _add_cases(verdict: Verdict, rules: str, ruling: Ruling) -> NextStep:
    """How many more the open comparison takes, by the metric that takes most."""
    dataset = shown(f"evals/{verdict.suite}")
    if causes_of(ruling)[0].code == "inputs_unfilled":
        text = f"Give the cases of {dataset} the new input in a change of its own, then promote."
        return NextStep("add_cases", text, "Edit the cases", "suite", verdict.suite)
    item = takes_most(ruling.metrics)
    if item and item.kind == "difference" and (judge := weak_judge(verdict.judges, item.label)):
        return _weak(judge, rules)
    more = item.needed - item.planned if item and item.needed and item.needed > item.planned else 0
    of_cases = "clusters of cases" if units_of(verdict) == "clusters" else "cases"
    count = f"about {more:,} {of_cases}" if more else "cases"
    if item and scored_few(verdict, item, ruling):
        text = (
            f"Give the other cases of {dataset} what {item.label} compares with, or add {count} that have it."
        )
    elif item and item.kind == "floor":
        text = f"Add {count} to {dataset}, or accept a lower floor in {rules}."
    else:
        text = f"Add {count} that the author has not seen to {dataset}, or accept a larger loss in {rules}."
    return NextStep("add_cases", text, "Add cases", "suite", verdict.suite)
