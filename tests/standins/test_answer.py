from __future__ import annotations

import json

import pytest

from cuebook_standins._task import Task, read_task
from cuebook_standins.answer import answer, fits, read_wishes

ONLY = "Answer only from the context. "
SAY = 'If the answer is not in the context, say "I don\'t know". '
SHORT = "Answer in a short phrase. "
CHECK = "Check that the context is about the same item. "
ALL = ONLY + SAY + SHORT + CHECK
LAMP = (
    "The lamp runs for nine hours on a full charge. The charger is sold separately for 18 euros. "
    "Do not open the case, because the battery may catch fire. Ana Ruiz drew the first model in 1998."
)


def ask(question: str, instructions: str = ALL, context: str = LAMP) -> str:
    return answer(Task(instructions, {"context": context, "question": question}))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How long does the lamp run on a full charge?", "nine hours"),
        ("how long does the lmap run on a full charge", "nine hours"),
        ("How much is the charger?", "18 euros"),
        ("Why should one not open the case?", "the battery may catch fire"),
        ("When was the first model drawn?", "1998"),
        ("Who drew the first model?", "Ana Ruiz"),
        ("Is the charger sold separately?", "Yes"),
        ("May I open the case?", "No"),
        ("How heavy is the lamp?", "I don't know"),
        ("How long does the torch run on a full charge?", "nine hours"),
        ("Who sells the first model in Lisbon?", "I don't know"),
        ("", "I don't know"),
    ],
)
def test_short_answers(question: str, expected: str) -> None:
    assert ask(question) == expected


@pytest.mark.parametrize(
    ("question", "context", "expected"),
    [
        ("How much is a cabin?", "A bed costs 79 euros, a cabin 149 euros.", "149 euros"),
        ("How much is a bed?", "A bed costs 79 euros, a cabin 149 euros.", "79 euros"),
        (
            "Within how many days do sofas arrive?",
            "Books arrive within three days, sofas within ten.",
            "ten",
        ),
        (
            "How many litres does the K5 hold?",
            "The K2 holds 1.2 litres. The K5 holds 1.7 litres.",
            "1.7 litres",
        ),
        ("Where is the key?", "The key is in the box beside the door.", "in the box beside the door"),
        ("Who runs the shop?", "The shop is run by Dr. Weil.", "Dr. Weil"),
        ("How can I reset it?", "To reset it, hold the red button. Then wait.", "hold the red button"),
        ("What is the roof made of?", "The roof is made of slate, which lasts.", "slate"),
        ("Which status is returned?", "Such calls get status 429 and are returned.", "status 429"),
        ("Can cats drink milk?", "Cats should never drink milk.", "No"),
        ("Is swimming forbidden?", "Swimming is forbidden here.", "Yes"),
    ],
)
def test_what_is_cut_out_of_the_sentence(question: str, context: str, expected: str) -> None:
    assert ask(question, ALL, context) == expected


UNKNOWN = "How long is the guarantee for the lamp on a charge?"


def test_without_a_rule_it_guesses_and_with_one_it_refuses() -> None:
    assert "nine hours" in ask(UNKNOWN, "Use the context.")
    assert ask("Who owns the factory?", ONLY + SAY) == "I don't know"


@pytest.mark.parametrize(
    ("instructions", "expected"),
    [
        (ONLY + 'Reply "Not in the text." when it is missing.', "Not in the text."),
        (ONLY + "If it is missing, answer with \u201cNo idea\u201d.", "No idea"),
        (ONLY + "Say that you don't know when it is missing.", "I don't know"),
        (ONLY + "If it is missing, say so.", "I don't know"),
    ],
)
def test_it_refuses_in_the_words_of_the_prompt(instructions: str, expected: str) -> None:
    assert ask("Who owns the factory?", instructions) == expected


@pytest.mark.parametrize(
    "instructions",
    [
        'Avoid saying "I don\'t know": give the most likely answer.',
        SAY + "Always help the customer.",
        SAY + "Never send the reader away.",
        'Do not say "I don\'t know".',
    ],
)
def test_told_to_help_whatever_happens_it_guesses(instructions: str) -> None:
    reply = ask("How much is the lamp in the shop in Lisbon?", instructions)
    assert reply != "I don't know"
    assert "18 euros" in reply


@pytest.mark.parametrize(
    "instructions",
    [
        SAY + "Do not say anything else.",
        SAY + "Always answer in English.",
        SAY + "Do not give your best guess.",
    ],
)
def test_other_orders_are_not_taken_for_leave_to_guess(instructions: str) -> None:
    assert ask("Who owns the factory?", instructions) == "I don't know"


def test_checking_refuses_the_near_fact() -> None:
    context = "A lost debit card is replaced for 12 euros. A credit card costs 30 euros a year."
    question = "How much is it to insure a debit card of the Gold kind?"
    assert ask(question, ONLY + SAY + SHORT, context) == "12 euros"
    assert ask(question, ALL, context) == "I don't know"


@pytest.mark.parametrize(
    ("instructions", "sentences"),
    [
        ("Use the context.", 4),
        (ONLY, 3),
        ("Only the context. Two sentences.", 2),
        (ONLY + "In one sentence.", 1),
        (ONLY + "Be brief.", 1),
        (ONLY + "Be brief. Explain the background.", 3),
    ],
)
def test_length(instructions: str, sentences: int) -> None:
    assert ask("How long does the lamp run on a full charge?", instructions).count(".") == sentences


@pytest.mark.parametrize(
    ("instructions", "quoted"),
    [
        (SHORT + "Quote the sentence.", True),
        (SHORT + "Cite your source.", True),
        (SHORT, False),
        (SHORT + "Do not quote.", False),
        (SHORT + "Answer without citing.", False),
    ],
)
def test_quoting(instructions: str, quoted: bool) -> None:
    reply = ask("How much is the charger?", instructions)
    assert reply == ('18 euros ("The charger is sold separately for 18 euros.")' if quoted else "18 euros")


def test_a_yes_or_no_leads_the_sentence() -> None:
    assert ask("May I open the case?", ONLY + "One sentence.").startswith("No. Do not open the case")


def test_friendliness_frames_the_answer() -> None:
    reply = ask("How much is the charger?", ONLY + "Be brief and friendly.")
    assert len(reply) > len(ask("How much is the charger?", ONLY + "Be brief."))
    assert "The charger is sold separately for 18 euros." in reply
    assert ask("How much is the charger?", ONLY + SHORT + "Do not be friendly.") == "18 euros"


@pytest.mark.parametrize(
    ("instructions", "grounded"),
    [
        ("Answer only from the context.", True),
        ("Base the answer on the passage alone.", True),
        ("Do not use outside knowledge.", True),
        ("Never make things up.", True),
        ("Base your answer on the context.", False),
        ("Use your own knowledge where the context is silent.", False),
    ],
)
def test_what_keeps_it_to_the_context(instructions: str, grounded: bool) -> None:
    assert read_wishes(Task(instructions, {})).grounded is grounded


def test_json_is_filled_by_the_names_of_the_schema() -> None:
    names = {"answer": {"type": "string"}, "quote": {"type": "string"}, "answerable": {"type": "boolean"}}
    sections = {"context": LAMP, "question": "How much is the charger?"}
    found = json.loads(answer(Task(ONLY + SAY, sections, {"properties": names})))
    assert found == {
        "answer": "18 euros",
        "quote": "The charger is sold separately for 18 euros.",
        "answerable": True,
    }
    sections["question"] = "Who owns the factory?"
    missing = json.loads(answer(Task(ONLY + SAY, sections, {"properties": names})))
    assert missing == {"answer": "I don't know", "quote": "", "answerable": False}


@pytest.mark.parametrize(
    ("sections", "low", "high"),
    [
        ({"context": "", "question": ""}, 0.8, 1.0),
        ({"document": "x", "query": "y"}, 0.8, 1.0),
        ({"question": "y"}, 0.1, 0.3),
        ({"context": "x"}, 0.0, 0.0),
        ({"ticket": "x"}, 0.0, 0.0),
    ],
)
def test_fits(sections: dict[str, str], low: float, high: float) -> None:
    assert low <= fits(Task("Answer.", sections)) <= high


def test_headings_work_as_well_as_tags() -> None:
    messages = [
        {"role": "system", "content": ALL},
        {"role": "user", "content": f"Context: {LAMP}\n\nQuestion: How much is the charger?"},
    ]
    assert answer(read_task(messages)) == "18 euros"


@pytest.mark.parametrize("text", ["", " \n", "?", "()[]{}", "\x00\u202e", "no " * 500, "1," * 500, '"' * 99])
def test_odd_text_gets_some_answer(text: str) -> None:
    for instructions in ("", ALL, SHORT + "Quote it.", text):
        for question in ("How many?", "Who by?", "Is it?", text):
            assert isinstance(ask(question, instructions, text), str)
