"""What is wrong with the files of a suite and what they name: one sentence and one cure for each code."""

from __future__ import annotations

from typing import Literal

from cuebook.core.errors import COMING, Problem
from cuebook.shapes._defaults import LEAST_KAPPA, MARGIN
from cuebook.wording._faults import Said, problem

SuiteCode = Literal[
    "bad_suite_name",
    "suite_misnamed",
    "suite_missing",
    "no_such_prompt",
    "baseline_missing",
    "baseline_misnamed",
    "tag_unused",
    "agreement_of_none",
    "agreement_undecided",
    "judge_undemanding",
    "kappa_low",
    "floor_void",
    "floor_missing",
    "target_unknown",
    "target_leaves_out",
    "beside_suites",
    "dataset_unused",
    "labels_unread",
    "labels_of_no_judge",
    "labels_misnamed",
    "labels_choose",
    "scorer_without_form",
    "scorer_not_indented",
    "scorer_label_twice",
    "metric",
    "scorer_unknown",
    "scorer_outdated",
    "never_scored",
    "expectation_missing",
    "parameter_missing",
    "judge_unnamed",
    "judge_of_none",
    "judge_version_missing",
    "judge_not_pinned",
    "judge_sets_graded",
    "judge_sets_unused",
    "judge_without_value",
    "judge_source_empty",
    "judge_ignores",
    "judge_placeholder",
    "judge_schema_lacks",
    "judge_sees_no_calls",
    "judge_sees_last_answer",
    "words_without_grades",
    "words_off_scale",
]

ASK = f"judges: {{min_kappa: {LEAST_KAPPA:g}}}"
"""How a suite asks that a judge agree with people before it decides."""

_UNNAMED = "scorer {scorer}: 'prompt' is missing: it names the judge"
_BASELINE = "{prompt!r} has no alias {alias!r}: only floors can decide"
_ASK = ASK.replace("{", "{{").replace("}", "}}")
_FORM = "a scorer is a name, or one name with settings"
_AGREEMENT = "the gate asks for agreement of judges, but none of its metrics is a judge's"

_SAID: dict[SuiteCode, Said] = {
    # Files and names.
    "bad_suite_name": Said("{why}", "rename it, for example to {right!r}"),
    "suite_misnamed": Said(
        "{file!r} is not read: a suite's file is called suite.yml", "rename it to {right}", since=COMING
    ),
    "beside_suites": Said(
        "this file is beside the suites' folders and is not read",
        "suites are folders: move it to evals/<name>/{file}",
        "warning",
    ),
    "suite_missing": Said("the suite has no suite.yml", "write it: prompt, scorers and gate"),
    "no_such_prompt": Said("no prompt is called {name!r}", "{near}"),
    "dataset_unused": Said("no suite uses this dataset", "name it in {suite}, or delete it", "warning"),
    "labels_unread": Said(
        "no prompt is called {name!r}, so nobody reads these labels",
        "add the judge, or delete the labels",
        "warning",
    ),
    "labels_of_no_judge": Said(
        "{name} is not a judge: no version of it uses {{{{answer}}}}, so these labels measure nothing",
        "move them to the folder of the judge that they are for, or delete them",
        "warning",
    ),
    "labels_misnamed": Said(
        "labels of a person are read from NAME.jsonl here", "rename it, or move it elsewhere", "warning"
    ),
    # What the gate goes by.
    "baseline_missing": Said(
        _BASELINE, "once a version has passed: cuebook promote {prompt}/{number}{option}", "warning"
    ),
    "baseline_misnamed": Said(_BASELINE, "did you mean {right!r}?", "warning"),
    "tag_unused": Said("no case has the tag {tag!r}", "give cases the tag, or remove 'protected'"),
    "agreement_undecided": Said(_AGREEMENT, "decide on one of them: {judges}", "warning"),
    "agreement_of_none": Said(_AGREEMENT, "remove 'judges'", "warning"),
    "judge_undemanding": Said(
        "{label} decides however little the judge agrees with people",
        f"add '{_ASK}' under 'gate'; a judge that agrees less then only advises",
        since=COMING,
    ),
    "kappa_low": Said(
        "with min_kappa {least:g}, a judge whose agreement with people is hardly above chance may decide",
        f"require at least {LEAST_KAPPA:g}",
        "warning",
    ),
    "floor_void": Said(
        "{label}: floor {floor:g} with margin {margin:g} lets nearly any first version pass",
        "the margin is subtracted from the floor: write a higher floor or a smaller margin",
        "warning",
        since=COMING,
    ),
    "floor_missing": Said(
        "{label} decides and has no floor: a version as bad as the one before would pass",
        "add a score that every version must reach by itself, such as floor: 0.5",
        "warning",
    ),
    # Apps that answer.
    "target_unknown": Said(
        "no target is called {target!r}", "add [targets.{target}] to the settings, with its command"
    ),
    "target_leaves_out": Said(
        "the command of target {target!r} names {file}, which is not among its files",
        "add it to Git and to 'files': in a pull request the app runs in a folder with these alone",
    ),
    # Scorers.
    "scorer_without_form": Said(_FORM, "write '- exact' or '- contains: {{expectation: must_mention}}'"),
    "scorer_not_indented": Said(_FORM, "indent what belongs to '{scorer}:' further than that name"),
    "scorer_label_twice": Said(
        "two scorers are called {label!r}", "give one of them another label: as: other_name"
    ),
    "metric": Said("the gate decides on {label!r}, but no scorer is called that", "{near}"),
    "scorer_unknown": Said("{why}", "{cure}"),
    "scorer_outdated": Said("scorer {scorer}: {why}", "{cure}", since=COMING),
    "never_scored": Said(
        "the gate decides on {label!r}, and no case ever gets a score: {why}", "{cure}", since=COMING
    ),
    "expectation_missing": Said("scorer {scorer}: no case has the expectation {key!r}", "{near}"),
    # Judges, and the labels that measure them.
    "parameter_missing": Said(
        "scorer {scorer}: {key!r} is missing", "write '- {scorer}: {{{key}: {example}}}'"
    ),
    "judge_unnamed": Said(_UNNAMED, "add prompt: {judge}"),
    "judge_of_none": Said(_UNNAMED, "add a judge: cuebook init --judge {kind}"),
    "judge_version_missing": Said("judge {judge!r} has no version {number}", "write {latest}"),
    "judge_not_pinned": Said("{why}", "write {latest}"),
    "judge_sets_graded": Said(
        "'with' sets {name!r}, which Cuebook fills in itself", "remove {name!r} from 'with'"
    ),
    "judge_sets_unused": Said("'with' sets {name!r}, which {judge} does not use", "{near}"),
    "judge_without_value": Said(
        "no case has anything for {names} of {judge}",
        "add 'with: {{{pairs}}}', each filled by one of {places}; or give the cases keys of these names",
    ),
    "judge_source_empty": Said(
        "no case has {source!r}, which fills {{{{{name}}}}} of {judge}", "give the cases that key"
    ),
    "judge_ignores": Said(
        "{judge} never uses {{{{{name}}}}}", "a judge used like this needs {{{{{name}}}}} in its text"
    ),
    "judge_placeholder": Said(
        "{judge} has a placeholder: a case could bring in messages of any role, outside the marks",
        "write {{{{name}}}} between two {{{{mark}}}}: there a conversation is text",
    ),
    "judge_schema_lacks": Said("the jsonSchema of {judge} has no {name!r}", "add the property {name!r}"),
    "judge_sees_no_calls": Said(
        "{judge} sees only the text, and {version} may answer with calls of tools, which then get no score",
        "use {{{{tool_calls}}}} or {{{{transcript}}}} in a version of the judge",
        "warning",
    ),
    "judge_sees_last_answer": Said(
        "{judge} sees only the last answer of a dialogue",
        "use {{{{transcript}}}} in a version of the judge",
        "warning",
    ),
    "labels_choose": Said(
        "{shared} of {labels} labels are about tasks of {dataset}: "
        "a judge that is chosen on the labels that measure it looks better than it is",
        "give the suite a file of its own with cases about other tasks",
        "warning",
    ),
    "words_without_grades": Said(
        "scale_words is for grades: {judge} compares answers and gives none",
        "remove 'scale_words'",
    ),
    "words_off_scale": Said(
        "scale_words: {grade} is outside the scale {lowest:g} to {highest:g}",
        "remove it, or write the grade that you mean",
    ),
}


def gate_rules(label: str, *, is_judge: bool, whole: bool) -> str:
    """Return gate rules by which one metric decides: the whole block, or what is missing in it."""
    floor = ", floor: 0.5" if is_judge else ""
    rules = f"metrics: {{{label}: {{margin: {MARGIN:g}{floor}}}}}{f', {ASK}' if is_judge else ''}"
    return f"gate: {{{rules}}}" if whole else f"under 'gate': {rules}"


def suite_problem(code: SuiteCode, path: str, line: int = 0, /, **names: object) -> Problem:
    """Return the problem of a file of a suite; ``names`` are those that its sentences need."""
    return problem(_SAID[code], code, path, line, names)
