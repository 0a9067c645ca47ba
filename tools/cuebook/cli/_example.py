"""The example that ``cuebook init`` writes: a small prompt, a judge with labels, a suite that can decide."""

from __future__ import annotations

from itertools import product
from typing import Any

from cuebook.cli._judges import judge_files
from cuebook.core.json_lines import jsonl
from cuebook.core.layout import DATASET, aliases_path, labels_path, meta_path, suite_path, version_path
from cuebook.core.stand_ins import TOY
from cuebook.core.yaml_files import dump_yaml
from cuebook.gate.sample_size import PRIOR_SD, smallest_margin
from cuebook.shapes.power import rounded_up

_COLOURS = (
    *("red", "orange", "yellow", "green", "blue", "violet", "black", "white", "grey"),
    *("brown", "pink", "gold", "silver", "teal", "navy", "olive", "maroon"),
)
_THINGS = ("kettle", "door", "lamp", "boat", "chair")
# Other things than the cases have: what chooses a judge must not measure it.
_GRADED = ("bench", "flag", "cart", "cup", "bowl", "tent")
_ANSWERS = (
    ("The {thing} in the hall is {colour}.", 5, "all that the reference says"),
    ("I don't know.", 1, "evades"),
    ("In the hall, the {thing} is {colour}.", 5, "the same in another order"),
    ("It was made in 1997.", 1, "answers another question"),
    ("The {thing} is {colour}.", 4, "leaves out where"),
    ("Nobody has said so.", 1, "evades"),
    ("The hall has a {colour} {thing}.", 5, "the same in other words"),
    ("", 1, "empty"),
    ("The {thing} in the hall is {other}.", 1, "another colour, in nearly the same words"),
    ("It is {colour}.", 4, "leaves out what and where"),
)
"""Answers to grade, with grade and reason; some of them a judge that counts words grades wrong."""
JUDGE = "judge-example"
UNKNOWN = "I don't know."


def margin() -> float:
    """Return the loss that the example's cases can rule out, which is the margin of its suite."""
    return rounded_up(smallest_margin(len(_THINGS) * len(_COLOURS), PRIOR_SD["binary"]))


def about() -> list[str]:
    """Return what a reader should know of the example."""
    cases = len(_THINGS) * len(_COLOURS)
    decides = (
        f"{cases} cases of right or wrong can rule out a loss of {margin():g}, so that is the margin of its "
        "suite; cuebook plan proposes one for yours"
    )
    judges = (
        "a toy that compares words, with labels made up like the example. See what it gets wrong: "
        f"cuebook judge {JUDGE}. One that asks a real model: cuebook init --judge correctness"
    )
    return [f"example: {decides}", f"{JUDGE}: {judges}"]


def example() -> dict[str, bytes]:
    """Path to content of the files of the example."""
    first = {
        "message": "Answer from the context",
        "model": TOY.answers,
        "messages": [
            {
                "role": "system",
                "content": "Answer the question from the context only, in one short sentence.\n",
            },
            {"role": "user", "content": "<context>\n{{context}}\n</context>\nQuestion: {{question}}\n"},
        ],
    }
    second = first | {
        "message": "Say so when the context does not hold the answer",
        "messages": [
            {
                "role": "system",
                "content": "Answer the question from the context only, in one short sentence.\n"
                'If the context does not hold the answer, say "I don\'t know".\n',
            },
            first["messages"][1],
        ],
    }
    meta = {
        "title": "Example",
        "description": "Answers a question from a text.",
        "owners": [],
        "tags": ["example"],
    }
    task = {"task": "inputs.question", "reference": "expectations.answer"}
    suite = {
        "prompt": "example",
        "scorers": [
            {"contains": {"expectation": "must_mention"}},
            {"judge": {"prompt": f"{JUDGE}/1", "with": task}},
            {"length": {"max_words": 40}},
        ],
        "gate": {
            "baseline": "production",
            "metrics": {"contains": {"margin": margin(), "floor": 0.5}},
        },
    }
    cases = (_case(*place) for place in enumerate(product(_THINGS, _COLOURS)))
    labels = (_label(*place) for place in enumerate(product(_GRADED, _COLOURS)))
    return {
        version_path("example", 1): dump_yaml(first, "prompt-version"),
        version_path("example", 2): dump_yaml(second, "prompt-version"),
        aliases_path("example"): dump_yaml({"production": 1}, "aliases"),
        meta_path("example"): dump_yaml(meta, "meta"),
        suite_path("example"): dump_yaml(suite, "suite"),
        f"evals/example/{DATASET}": jsonl(cases),
        **judge_files("correctness", JUDGE, TOY.judge),
        labels_path(JUDGE): jsonl(labels),
    }


def _case(index: int, place: tuple[str, str]) -> dict[str, Any]:
    """A question about a coloured thing; every fourth asks for what the text does not say."""
    thing, colour = place
    other = _THINGS[(_THINGS.index(thing) + 1) % len(_THINGS)]
    said = f"The {thing} in the hall is {colour}."
    # Every fourth has no answer in its text: only there does the second version do otherwise.
    is_told = index % 4 != 3
    return {
        "id": f"{thing}-{colour}",
        "inputs": {
            "context": f"{said} It was made in {1990 + index % 30}.",
            "question": f"What colour is the {thing}?" if is_told else f"Where is the {other} kept?",
        },
        "expectations": {
            "must_mention": [colour if is_told else "don't know"],
            "answer": said if is_told else UNKNOWN,
        },
        "tags": ["answerable" if is_told else "unanswerable"],
    }


def _label(index: int, place: tuple[str, str]) -> dict[str, Any]:
    """A graded answer to another question than those of the suite, made up with it."""
    thing, colour = place
    answer, label, note = _ANSWERS[index % len(_ANSWERS)]
    # Any other colour; the one before wraps around by Python's negative index.
    other = _COLOURS[index % len(_COLOURS) - 1]
    return {
        "id": f"{thing}-{colour}",
        "inputs": {
            "task": f"What colour is the {thing}?",
            "reference": f"The {thing} in the hall is {colour}.",
            "answer": answer.format(thing=thing, colour=colour, other=other),
        },
        "label": label,
        "note": note,
        "tags": ["made up with the example"],
    }
