"""What is wrong with the cases of a suite, dialogues among them: one sentence and one cure for each code."""

from __future__ import annotations

from typing import Literal

from cuebook.core.errors import COMING, Problem
from cuebook.core.format import plural
from cuebook.core.images import LARGEST
from cuebook.wording._faults import Said, problem

CaseCode = Literal[
    "input_missing",
    "case_input_misspelt",
    "input_never_given",
    "variable_never_filled",
    "wrong_type",
    "stops_version",
    "stops_at_case",
    "no_image",
    "no_conversation",
    "image_not_inline",
    "unknown_message_key",
    "input_unread",
    "turn_input_unread",
    "expectation_unread",
    "decides_nothing",
    "expectation_misnamed",
    "expectation_uncounted",
    "too_few_cases",
    "too_few_for_margin",
    "same_inputs",
    "turn_expects_in_vain",
    "turn_shows_no_input",
    "turn_shows_no_image",
    "result_never_matches",
    "result_of_no_tool",
    "turn_without_place",
    "turn_not_last",
]

_UNFILLED = "case {case!r}{others}: {{{{{name}}}}} of {versions} is not filled"
_UNREAD = "no scorer reads the expectation {key!r}"
_STOPS = "{version} stops at case {case!r} of {suite}: {why}"
_LOOK = "then look: cuebook render {version} --case {seen}"
_OF = "case {case!r}:"
_TURN = f"{_OF} turn {{turn}}"

_SAID: dict[CaseCode, Said] = {
    # Inputs, in the eyes of the versions that they fill.
    "input_missing": Said(_UNFILLED, "add {name!r} to its inputs"),
    "case_input_misspelt": Said(_UNFILLED, "write {name!r} in place of {given!r} in its inputs"),
    "input_never_given": Said("no case fills {variables} of {versions}", "{near}"),
    "variable_never_filled": Said("no case of {dataset} fills {variables} of {versions}", "{near}"),
    "wrong_type": Said(
        "case {case!r}{others}: {name!r} is {value}, but its type in {versions} is {type!r}",
        "correct the case, or write another type for {name!r} under inputs in a new version",
        since=COMING,
    ),
    "stops_version": Said(_STOPS, f"correct the version, {_LOOK}", since=COMING),
    "stops_at_case": Said(_STOPS, f"correct the case, {_LOOK}", since=COMING),
    "no_image": Said(
        "inputs.{name}: {why}{others}",
        f"put a PNG, JPEG, WebP or GIF of up to {LARGEST:,} bytes below the suite's folder, "
        'and write {{"file": "photos/a.jpg"}}',
    ),
    "no_conversation": Said("{why}", 'write a list of messages: [{{"role": "user", "content": "..."}}]'),
    "image_not_inline": Said(
        "inputs.{name}[{message}].content[{part}]: {why}", "write the image itself, as a data: URL"
    ),
    "unknown_message_key": Said("inputs.{name}[{message}]: unknown key {key!r}", "{near}"),
    "input_unread": Said("no version of {prompt} uses the input {name!r}", "{near}", "warning"),
    # Expectations, in the eyes of the scorers that read them.
    "decides_nothing": Said(
        "case {case!r}{others}: it has no expectation that {labels} reads, so it decides nothing",
        "add what a good answer must contain to its expectations, or delete it",
        "warning",
        COMING,
    ),
    "expectation_unread": Said(_UNREAD, "add a scorer for it, or leave it out", "warning"),
    "expectation_misnamed": Said(_UNREAD, "did you mean {right!r}?", "warning"),
    "expectation_uncounted": Said(
        _UNREAD, "did you mean {right!r}? As it is, no scorer of {right!r} counts this case", "warning"
    ),
    # How many there are.
    "too_few_cases": Said("{label}: {why}", "{more}", "warning"),
    "too_few_for_margin": Said(
        "{label}: {why}", "{more}; or accept a larger loss: margin: {margin:.2f}", "warning"
    ),
    "same_inputs": Said(
        "case {case!r}{others}: the same inputs as {first!r}, so they count as one case",
        "delete the copies, or write other questions",
        "warning",
    ),
    # Turns of dialogues.
    "turn_expects_in_vain": Said(
        f"{_TURN} has expectations, but its answer is fixed",
        "leave out its expectations, or the assistant's words after it",
    ),
    "turn_shows_no_input": Said(f"{_TURN} shows {{name!r}}, which is not an input", "{near}"),
    "turn_shows_no_image": Said(
        f"{_TURN} shows {{name!r}}: {{why}}",
        'give the case an image: "inputs": {{"{name}": {{"file": "photos/a.jpg"}}}}',
    ),
    "turn_input_unread": Said(
        f"{_TURN} gives the input {{name!r}}, which no version of {{prompt}} uses",
        "leave it out",
        "warning",
    ),
    "result_never_matches": Said(f"{_OF} tools.{{tool}}[{{entry}}]: {{why}}", "{cure}"),
    "result_of_no_tool": Said(
        "case {case!r}{others}: no version of {prompt} has a tool {tool!r}", "leave 'tools' out"
    ),
    "turn_without_place": Said(
        f"{_TURN} gives inputs, and {{version}} has no placeholder for what was said",
        'write it as {{"user": "..."}}, or give the version a {{placeholder: history}}',
    ),
    "turn_not_last": Said(
        f"{_TURN} is what the user says, and {{version}} puts its own message after it",
        'write the turn as {{"inputs": {{...}}}}, or put the placeholder last in the version',
        "warning",
    ),
}


def case_problem(code: CaseCode, path: str, line: int = 0, /, **names: object) -> Problem:
    """Return the problem of a case; ``names`` fill its sentences, ``more`` counts other cases with it."""
    others, more = "", names.get("more")
    if isinstance(more, int) and more:
        others = f", in {plural(more, 'more case')} too" if code == "no_image" else f" and {more} more"
    return problem(_SAID[code], code, path, line, {"others": others, **names})


def why_no_image(why: Literal["outside", "link", "missing"], folder: str, name: str) -> str:
    """Return why a file that a case names below the suite's folder is no image of it, before it is opened."""
    return _NO_IMAGE[why].format(folder=folder, name=name)


_NO_IMAGE = {
    "outside": "{name!r} is not a path below {folder}",
    "link": "{folder}/{name} is a symbolic link, which is not followed",
    "missing": "there is no file {folder}/{name}",
}
