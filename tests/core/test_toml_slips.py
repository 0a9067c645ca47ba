from __future__ import annotations

import tomllib

import pytest

from cuebook.core.toml_slips import slip_of


@pytest.mark.parametrize(
    ("text", "line", "what", "cure"),
    [
        ('a = 1\nb = "x\nc = 1\n', 2, 'a " is opened and not closed on its line', 'end the text with "'),
        ("a = 'x\n\n\n", 1, "a ' is opened and not closed on its line", "end the text with '"),
        ('a = """x\nb = 1\n', 1, 'a """ is opened and not closed', 'end the text with """'),
        ('a = ["x"\nb = 1\n', 1, "a [ is opened and not closed", "end the list with ]"),
        ('p = ["a"]\nq = [\n  "c"\n\n[t]\n', 2, "a [ is opened and not closed", "end the list with ]"),
        ("a = {b = 1\nc = 2\n", 1, "a { is opened and not closed", "write it on one line"),
        ("a = [1 2]\n", 1, "a comma between its items is missing", "put a comma between two items"),
        ('a = ["x", y]\n', 1, "one of its values cannot be read", "texts need quotes"),
        ("[t\na = 1\n", 1, "a [table] is not closed, or not alone on its line", "write [t]"),
        ("a = 1\n\na = 2\n", 3, "a is there twice, first in line 1", "keep one of the two"),
        ("[t]\n[t]\n", 2, "[t] is there twice, first in line 1", "keep one of the two"),
        ("a = 1\n[t]\na = 1\n# a\na = 2\n", 5, "a is there twice, first in line 3", "keep one of the two"),
        ("[t]\na = 1\n[u]\nb = 2\n[t]\n", 5, "[t] is there twice, first in line 1", "keep one of the two"),
        ("a = 1\n[a]\n", 2, "[a] is there twice", "keep one of the two"),
        ("a = {b = 1, b = 2}\n", 1, "a key or a [table] is there twice", "keep one of the two"),
        ("// mine\n", 1, "it is not a key", "begin a comment with #"),
        ("url: http://a.b\n", 1, "a colon is where = should be", 'write url = "http://a.b"'),
        ("- a\n", 1, "it is not a key = value", "lists in [ ]"),
        ('a = "C:\\Users"\n', 1, 'a backslash between " begins an escape', "write"),
        ("a =\n", 1, "the value is missing", 'write a = "text", or take the line out'),
        ("a = null\n", 1, "null is not a TOML value", "take the line out"),
        ("a = yes\n", 1, "yes is not a TOML value", "write a = true"),
        ('a = "x",\n', 1, "a , follows the value", 'write a = "x"'),
        ("a = 2026-13-11\n", 1, "2026-13-11 is not a day", 'such as a = "2026-12-31"'),
        ('a = "x" "y"\n', 1, "the line goes on after its value", "a comment begins with #"),
        ("# it's\nb = 1\na = \u201cx y\u201d\n", 3, "a text needs quotes", 'write a = "x y"'),
    ],
)
def test_a_slip_names_the_line_and_the_cure(text: str, line: int, what: str, cure: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as refused:
        tomllib.loads(text)
    found = slip_of(str(refused.value), text)
    assert (found.line, found.what) == (line, what)
    assert cure.replace("write", "") in found.cure
