from __future__ import annotations

import pytest
import yaml

from cuebook.core.files import Broken
from cuebook.core.yaml_files import read_yaml
from cuebook.core.yaml_slips import glued, quoted, slip_of

TABS, QUOTES, LESS = "indent with spaces, not tabs", "put the text in quotes: ", "indented less than line"
MESSAGES = "messages:\n  - role: user\n"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: {b: 0\n", 1, "close it: a: {b: 0}"),
        ("a: [b, c\n", 1, "close it: a: [b, c]"),
        ("owners: [@alice, bob]\n", 1, "put the text in quotes: owners: ['@alice', bob]"),
        ("a: {b: `c`}\n", 1, "put the text in quotes: a: {b: '`c`'}"),
        ('a: "\\xzz"\n', 1, "\\x takes 2 digits"),
        ('a: "\\u12"\n', 1, "\\u takes 4 digits"),
        ("a:\n\t- b\n", 2, TABS),
        ("a:\n  - b: 1\n\t  c: 2\n", 3, TABS),
        ("a:\n  -\tb: 1\n", 2, TABS),
        (f"{MESSAGES}    content: |\n\thello\n", 4, TABS),
        (f"{MESSAGES} \tcontent: hi\n", 3, TABS),
        ("\ta: 1\n", 1, TABS),
        ("a: |\n    one\n  two\nb: 1\n", 3, LESS),
        (f"{MESSAGES}   content: hi\n", 3, "indent it by 4 spaces"),
        (f"{MESSAGES}      content: hi\n", 3, "indent it by 4 spaces"),
        ("a:\n  b: 1\n c: 2\n", 3, LESS),
        (" a: 1\nb: 2\n", 1, "begin it without spaces"),
        ("m:\n- a: b\n  c: d\n - a: e\n", 4, "indent it by 0 spaces, as line 2"),
        ("m:\n- a: b\n  c: |\n    d\n - a: e\n", 5, "indent it by 0 spaces, as line 2"),
        ("m:\n  - a: b\n    c: d\n - a: e\n", 4, "by 1 space, and the one on line 2 by 2"),
        ("m:\n  - a: b\n    c: d\n   - a: e\n", 4, "indent it by 2 spaces, as line 2"),
        ("m:\n  - a: b\n    c: d\n    - a: e\n", 4, "indent it by 2 spaces, as line 2"),
        ("m:\n  - a\n - b: c\n", 3, "indent it by 2 spaces, as line 2"),
        ("m:\n- a: b\n  c: |\n    one\n   - two\n", 5, "indent it by 4 spaces, as line 4"),
        ("a: {{x}} in one\n", 1, f"{QUOTES}a: '{{{{x}}}} in one'"),
        (f"{MESSAGES}    content: {{{{x}}}} {{{{y}}}}\n", 3, f"{QUOTES}content: '{{{{x}}}} {{{{y}}}}'"),
        ("a:\n  b: {{x}}\n", 2, f"{QUOTES}'{{{{x}}}}'"),
        ("a: {{x}}: text\n", 1, f"{QUOTES}a: '{{{{x}}}}: text'"),
        ("a: {{x}} it's note: b\n", 1, f"{QUOTES}a: '{{{{x}}}} it''s note: b'"),
        ("a: {{x}}\n  and more\n", 1, "write a: | and the text on the lines below"),
        ("a: {{#if x}}y{{/if}}\n", 1, f"{QUOTES}a: '{{{{#if x}}}}y{{{{/if}}}}'"),
        ("a: {% if x %}y{% endif %}\n", 1, f"{QUOTES}a: '{{% if x %}}y{{% endif %}}'"),
        ("a:\n  - {{x}} b\n", 2, f"{QUOTES}- '{{{{x}}}} b'"),
        ("a:\n  {{x}} b\n", 2, f"{QUOTES}'{{{{x}}}} b'"),
        (
            "a:\n  - {role: user, content: Hi {{x}}}\n",
            2,
            f"{QUOTES}- {{role: user, content: 'Hi {{{{x}}}}'}}",
        ),
        ("a: [{role: user, content: {{x}} b}]\n", 1, "content: '{{x}} b'}]"),
        ("a: {x} text\n", 1, f"{QUOTES}a: '{{x}} text'"),
        ("a: [INST] hi\n", 1, f"{QUOTES}a: '[INST] hi'"),
        ("a: *bold* hi\n", 1, f"{QUOTES}a: '*bold* hi'"),
        ("a: @bob\n", 1, f"{QUOTES}a: '@bob'"),
        ("a: `code`\n", 1, f"{QUOTES}a: '`code`'"),
        ("a: %s hi\n", 1, f"{QUOTES}a: '%s hi'"),
        ("a: > cited\n", 1, f"{QUOTES}a: '> cited'"),
        ("a: - hi\n", 1, f"{QUOTES}a: '- hi'"),
        ("a: b: c\n", 1, f"{QUOTES}a: 'b: c'"),
        ("a: 'it's'\n", 1, "ends at its second '"),
        ('a: "say "hi""\n', 1, 'ends at its second "'),
        ('a: "open\nb: 1\n', 1, 'a " is opened and not closed'),
        ("a: 'open\n", 1, "a ' is opened and not closed"),
        ('a: "\\d"\n', 1, "\\d means nothing"),
        ("a:1\nb: 2\n", 1, "write a key, a colon and a space: a: 1"),
        ("a 1\nb: 2\n", 1, "write a key, a colon and a space: a: 1"),
        ("a: 1\n---\nb: 2\n", 2, "delete the line ---"),
        ("a: 1\nb: x\x07\n", 2, "U+0007"),
        ("a: [1\n", 1, "a [ is opened and not closed"),
        ("a: 1\nb\n", 2, "write a key, a colon and a space: b"),
        ("a:\n  -b: 1\n   c: 2\n", 2, "write - b: 1"),
        ("a:\n- b\n    c: 1\n", 3, "write - b:"),
        ("a: 1\nb\n  c: 1\n", 3, "write b:"),
        ("a: 1\n\u00a0b: 1\n  c: 2\n", 2, "a no-break space (U+00A0)"),
        ("a: 1\nb:\u00a0c d\n", 2, "a no-break space (U+00A0) follows the colon write b: c d"),
        ("a: 1\nb:\u3000c d\n", 2, "an ideographic space (U+3000) follows the colon write b: c d"),
        ("a: 1\nb\uff1ac d\n", 2, "a full-width colon (U+FF1A) is not a colon write b: c d"),
        ("- a\uff1ab\n  c: d\n", 1, "a full-width colon (U+FF1A) is not a colon write - a: b"),
        ("a\uff1a\n  b: c\n", 1, "write a:"),
        ("a: 1\n\u3000b: 1\n  c: 2\n", 2, "an ideographic space (U+3000) is where spaces should be"),
        ("a: [b]\n- c:\n    d: 1\n", 2, "the line does not continue"),
        ("? a: [\n: ]b\n", 2, "the line does not continue"),
    ],
)
def test_a_slip_is_named_with_its_line_and_its_cure(text: str, line: int, says: str) -> None:
    with pytest.raises(Broken) as caught:
        read_yaml(text.encode(), "a.yml")
    problem = caught.value.problem
    assert says in f"{problem.message} {problem.hint}"
    assert problem.line == line
    if QUOTES in problem.hint:
        assert yaml.safe_load(problem.hint.partition(QUOTES)[2]), "the cure is YAML"


@pytest.mark.parametrize("text", ["", "it's", "'", "a: b # c", "{{x}}", "\\"])
def test_any_line_of_text_can_be_quoted(text: str) -> None:
    assert yaml.safe_load(quoted(text)) == text


def test_no_sentence_of_the_parser_is_shown() -> None:
    for text in ("a: [1", "? [", "a: &", "%X\na: 1", "a: !<", "- a\nb", "}", "a: ]"):
        with pytest.raises(yaml.YAMLError) as caught:
            yaml.compose(text, yaml.CSafeLoader)
        problem = str(getattr(caught.value, "problem", None) or getattr(caught.value, "context", None))
        assert problem not in " ".join(map(str, slip_of(caught.value, text)))


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("production:2 staging:1", "production: 2"),
        ("title:Hello you", "title: Hello you"),
        ("title\uff1a\u3053", "title: \u3053"),
        ("hello", ""),
        ("a:b: c", ""),
    ],
)
def test_a_colon_without_a_space_is_written_with_one(text: str, pair: str) -> None:
    assert glued(text) == pair
