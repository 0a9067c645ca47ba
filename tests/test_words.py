"""What people read: plain words of the field, and sentences that nothing is read back out of."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TypeGuard

import click
import pytest

from cuebook.cli import summary
from cuebook.cli._root import root
from cuebook.wording.glossary import GLOSSARY
from fixtures.trees import nodes

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tools" / "cuebook"

PLAIN = {
    r"held against|hold(s|ing)? [\w' ]{1,30} against": "compare with",
    r"stands?(?! for|-in)|stood": "is, is valid, is listed, is cached",
    r"stands? for": "is",
    r"mend(s|ed|ing)?": "fix",
    r"anew|afresh": "again, recompute",
    r"bought|buy(s|ing)?": "call, ask for, collect",
    r"(tell|tells|telling|told) of": "report",
    r"for want of": "without, because there is no",
    r"as good as none": "not valid",
    r"said no": "failed, refused",
    r"(?<!graded )(?<!of )answers for": "is responsible for",
    r"all the same": "in spite of",
    r"nobody (knows|is asked|approves|yet)": "name what is missing",
}
"""Words that stop a reader, as patterns, and what to write instead."""

NAMED = re.compile(r"ci buy|'buy'|\bbuy +Collect|^buy( --shard 1/4)?$")
"""A command that has one of these words for its name."""

TAUGHT = {"_start.py": "a passage of the example dataset"}
"""Modules whose strings are somebody's text, not ours."""

SENTENCES = {
    "action",
    "headline",
    "hint",
    "message",
    "notes",
    "reason",
    "reasons",
    "sentence",
    "why",
}
"""Fields that hold words for people."""

NAMES = {
    *("cure", "cures", "error", "headline", "hint", "message", "note", "override", "problem", "problems"),
    *("reason", "said", "sentence", "told", "warning", "what", "why", "words"),
}
"""Variables that hold words for people, wherever they come from."""
OBJECTS = {"change", "event", "finding", "item", "move", "verdict", "wanted"}
"""Variables that hold what reads as a sentence where it is made a text."""

READERS = {
    *("count", "endswith", "find", "index", "partition", "removeprefix", "removesuffix", "replace"),
    *("rpartition", "rsplit", "split", "splitlines", "startswith"),
}
PATTERNS = {"findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn"}

FOREIGN = {
    "cli/cmd_search.py": "looks for the words that somebody asks for, in what authors wrote",
    "core/canonical.py": "Python names the limit on digits in words alone",
    "core/csv_files.py": "Python's reader of CSV has one class of error",
    "core/git.py": "Git has no other way to say what went wrong",
    "core/git_branch.py": "Git has no other way to say that somebody else pushed first",
    "core/jinja_words.py": "Jinja says what is wrong with a template in words alone",
    "core/patterns.py": "RE2 says what is wrong with a pattern in words alone",
    "core/toml_slips.py": "Python's reader of TOML says the line in words alone",
    "doctor/github_settings.py": "GitHub's API answers 404 for several things, and says which in words",
    "doctor/local.py": "programs print their version in a sentence",
    "importers/prompty.py": "the text of a prompt, with roles and images in it",
    "models/_failures.py": "providers say what went wrong in words",
    "scorers/_sqlite.py": "SQLite has one class of error",
    "site/feed.py": "characters that XML does not have",
    "site/pages/_answers.py": "a judge's reason is a model's text",
    "site/pages/_fragments.py": "the text of a fragment within that of a version",
    "site/pages/_rates.py": "blanks that a line does not break at",
}
"""Modules that read words which are not ours, or change how they are set, and why."""


TYPED = {
    node.value
    for path in sorted(PACKAGE.rglob("*.py"))
    for held in nodes(path)
    if isinstance(held, ast.Subscript) and ast.unparse(held.value) == "Literal"
    for node in ast.walk(held.slice)
    if isinstance(node, ast.Constant) and isinstance(node.value, str)
}
"""Values that a type lists: whoever compares with one compares with a fact, however it is written."""


def _made_in_wording(among: Iterable[ast.AST]) -> set[str]:
    """What a module imports from the package that makes the sentences; the values of cases are none."""
    return {
        alias.asname or alias.name
        for node in among
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cuebook.wording")
        if node.module != "cuebook.wording.values"
        for alias in node.names
    }


def _holds_words(node: ast.AST, makers: set[str]) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        # such as ``error.message.casefold()``, or a whole report
        return node.func.attr == "render" or _holds_words(node.func.value, makers)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        of = ast.unparse(node.args[0]) if node.args else ""
        return node.func.id in makers or (node.func.id == "str" and of in NAMES | OBJECTS)
    if isinstance(node, ast.Subscript):
        return _holds_words(node.value, makers)
    if isinstance(node, ast.Name):
        return node.id in NAMES
    return isinstance(node, ast.Attribute) and node.attr in SENTENCES


def _is_search(node: ast.AST) -> TypeGuard[ast.Compare]:
    return isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn)


def _is_whole(call: ast.Call) -> bool:
    """Whether a call only puts the words on one line: it looks for nothing in them."""
    return isinstance(call.func, ast.Attribute) and call.func.attr == "split" and not call.args


def _is_phrase(node: ast.AST) -> bool:
    """Whether it is a text of several words, or holds one, that is no value of a type."""
    if isinstance(node, ast.Set | ast.Tuple | ast.List):
        return any(map(_is_phrase, node.elts))
    text = node.value if isinstance(node, ast.Constant) else None
    return isinstance(text, str) and len(text.split()) > 1 and text not in TYPED


def _is_compared(node: ast.AST) -> bool:
    """Whether something is decided by words being the same as some of ours."""
    if isinstance(node, ast.MatchValue):
        return _is_phrase(node.value)
    if not isinstance(node, ast.Compare):
        return False
    sides = [node.left, *node.comparators]
    # A part is looked for in a bare name that may be anything: only whole values are compared here.
    whole = [each for each in sides if not (_is_search(node) and isinstance(each, ast.Constant))]
    return isinstance(node.ops[0], ast.Eq | ast.NotEq | ast.In | ast.NotIn) and any(map(_is_phrase, whole))


def _read_back(among: Iterable[ast.AST]) -> Iterator[str]:
    """Places where a part is looked for, or taken, in what holds a sentence, or where words are compared."""
    nodes = list(among)
    makers = _made_in_wording(nodes)
    for node in nodes:
        if _is_compared(node):
            yield f"line {node.lineno}: {ast.unparse(node)}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not _is_whole(node):
            of_a_sentence = node.func.attr in READERS and _holds_words(node.func.value, makers)
            given = node.args[1:] if ast.unparse(node.func.value) == "re" else node.args
            by_pattern = node.func.attr in PATTERNS and any(_holds_words(each, makers) for each in given)
            if of_a_sentence or by_pattern:
                yield f"line {node.lineno}: {ast.unparse(node)}"
        # A bare name may be a list, in which whole values are looked for.
        searched = node.comparators[0] if _is_search(node) else None
        if searched and not isinstance(searched, ast.Name) and _holds_words(searched, makers):
            yield f"line {node.lineno}: {ast.unparse(node)}"


def test_no_module_reads_state_out_of_a_sentence() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix(): places
        for path in sorted(PACKAGE.rglob("*.py"))
        if (places := list(_read_back(nodes(path))))
    }
    assert {name: places for name, places in found.items() if name not in FOREIGN} == {}
    assert set(FOREIGN) <= set(found), "take it off the list"


def test_the_scan_finds_what_it_is_for() -> None:
    for code in (
        "verdict.action.startswith('It is live')",
        "' is live' in verdict.action",
        "problem.message.removeprefix('unknown key ')",
        "'busy' not in opinion.reason.lower()",
        "PATTERN.search(error.message)",
        "parse_ref(words.partition(' ')[0])",
        "problems[0].partition('\\n')",
        "reports.render('markdown', verdicts).removeprefix(MARKER)",
        "str(wanted).partition(': ')",
        "what.removeprefix('call 0: ')",
        "said.replace(': error: ', ': left-out: ', 1)",
        "QUOTED.findall(reason)",
        "QUOTED.sub('', view.reason)",
        "wanted == 'a list'",
        "words in {'at most', 'at least'}",
        "match wanted:\n    case 'a whole number': pass",
        "from cuebook.wording.headline import headline\nheadline(verdict).startswith('v6')",
    ):
        assert list(_read_back(ast.walk(ast.parse(code)))), code
    codes = "kind == 'list_type'; comparison.reason == 'on record'"
    assert not list(_read_back(ast.walk(ast.parse(codes))))
    others = "path.startswith('a'); cause.code in CODES; len(item.reasons); ' '.join(why.split()); a in words"
    assert not list(_read_back(ast.walk(ast.parse(others))))


FINDERS = ("check", "registry")
"""Packages that find what is wrong with files, and hold facts: codes, names, numbers, what a library said."""

MOST_WORDS = 4
"""Words of the longest text that is no sentence, such as a command, or the refusal of a name."""


def _worded(among: Iterable[ast.AST]) -> Iterator[str]:
    """Texts that are sentences, and problems that are made of words in place of a code."""
    nodes = list(among)
    bodies = [node.body for node in nodes if isinstance(getattr(node, "body", None), list)]
    described = {id(item.value) for body in bodies for item in body if isinstance(item, ast.Expr)}
    parts = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes:
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Problem":
            yield f"line {node.lineno}: {ast.unparse(node)}"
        if id(node) in described | parts:
            continue
        values = node.values if isinstance(node, ast.JoinedStr) else [node]
        said = " {} ".join(
            item.value for item in values if isinstance(item, ast.Constant) and isinstance(item.value, str)
        )
        if len(re.findall(r"(?<!\S)[A-Za-z][a-z']*[,.;:]?(?!\S)", said)) > MOST_WORDS:
            yield f"line {getattr(node, 'lineno', 0)}: {said}"


def test_whoever_finds_a_fault_leaves_its_words_to_wording() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix(): sentences
        for package in FINDERS
        for path in sorted((PACKAGE / package).rglob("*.py"))
        if (sentences := list(_worded(nodes(path))))
    }
    assert found == {}, "give the fault a code in a table of wording/, and the facts that it needs"


def test_the_scan_of_sentences_finds_what_it_is_for() -> None:
    for code in (
        "Problem(path, 0, what)",
        "what = f'case {name!r} is not one of them, and {other} is'",
        "cure = 'write the last day on which it holds'",
        "raise UsageError('there is nothing to compare this one with')",
    ):
        assert list(_worded(ast.walk(ast.parse(code)))), code
    for code in (
        "def f():\n    'Return what somebody wrote down in a file of this kind.'",
        "A = 1\n'Why it is as it is: nobody needs more than one.'",
        "run(f'cuebook gate {ref} && cuebook promote {ref}')",
        "case_problem('same_inputs', path, line, first=first)",
    ):
        assert not list(_worded(ast.walk(ast.parse(code)))), code


def _listed(among: Iterable[ast.AST]) -> Iterator[str]:
    """Lists that are put together by hand: ``" or ".join(names)``."""
    for node in among:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join":
            by = node.func.value
            if isinstance(by, ast.Constant) and by.value in {" and ", " or "}:
                yield f"line {node.lineno}: {ast.unparse(node)}"


def test_lists_are_made_by_one_function() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix(): lists
        for path in sorted(PACKAGE.rglob("*.py"))
        if (lists := list(_listed(nodes(path))))
    }
    assert found == {}, "use core.format.joined: three of a kind read 'a, b and c'"
    assert list(_listed(ast.walk(ast.parse("' and '.join(names)"))))


RENDERERS = ("site", "reports", "cli", "github", "jobs", "doctor", "publish", "optimizing")
"""Packages that show, or say in a message, what was found."""
LONG = 14
"""Letters from which a phrase of three words or more says something of its own, unlike ``a loss of``."""


def _phrases(among: Iterable[ast.AST]) -> Iterator[str]:
    """Texts of three words or more and nothing else, but for docstrings and the help of commands."""
    among = list(among)
    bodies = [node.body for node in among if isinstance(getattr(node, "body", None), list)]
    left = {id(item.value) for body in bodies for item in body if isinstance(item, ast.Expr)}
    for node in among:
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("click."):
            left |= {id(part) for part in ast.walk(node)}
    for node in among:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left:
            said = " ".join(re.sub("[,.;:()]", " ", node.value).lower().split())
            if len(said) >= LONG and said.count(" ") > 1 and re.fullmatch("[a-z][a-z' -]*", said):
                yield said


def test_no_renderer_words_what_wording_or_another_module_words() -> None:
    homes: dict[str, set[str]] = {}
    for package in (*RENDERERS, "wording"):
        for path in sorted((PACKAGE / package).rglob("*.py")):
            for said in _phrases(nodes(path)):
                homes.setdefault(said, set()).add(path.relative_to(PACKAGE).as_posix())
    twice = {
        said: places
        for said, places in homes.items()
        if len(places) > 1 and said not in GLOSSARY
        if said.count(" ") >= 5 or len({place.startswith("wording/") for place in places}) > 1
    }
    assert twice == {}, "import the words from where they are made"
    assert list(_phrases(ast.walk(ast.parse("f'{case} (without an answer)'")))) == ["without an answer"]


_PLAIN = {re.compile(rf"\b({pattern})\b", re.IGNORECASE): cure for pattern, cure in PLAIN.items()}


def _unplain(text: str) -> list[str]:
    """The words of a text that do not belong in it, with the words around them and what to write."""
    shown = NAMED.sub("", text)
    return [
        f"{shown[max(0, found.start() - 30) : found.end() + 20]!r}: write {cure}"
        for pattern, cure in _PLAIN.items()
        for found in pattern.finditer(shown)
    ]


def _of_private_names(among: Iterable[ast.AST]) -> set[int]:
    """Docstrings of functions and classes that only their own module uses, and of private constants."""
    own = set()
    nodes = list(among)
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name[0] == "_":
            own.add(id(getattr(node.body[0], "value", None)))
        body = getattr(node, "body", None)
        for above, below in pairwise(body if isinstance(body, list) else []):
            if isinstance(above, ast.Assign | ast.AnnAssign) and isinstance(below, ast.Expr):
                names = above.targets if isinstance(above, ast.Assign) else [above.target]
                own |= {id(below.value)} if ast.unparse(names[0]).startswith("_") else set()
    return own


MODULES = sorted(PACKAGE.rglob("*.py"))


def test_messages_and_docstrings_use_plain_words() -> None:
    found = []
    for path in (path for path in MODULES if path.name not in TAUGHT):
        own = _of_private_names(nodes(path))
        for node in nodes(path):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in own:
                said = re.sub("``.*?``", "", node.value)  # names of parameters
                place = f"{path.relative_to(PACKAGE).as_posix()}:{node.lineno}"
                found += [(place, word) for word in _unplain(said)]
    assert found == []


# The judges among the templates are published versions of the example registry: nobody edits those.
PAGES = [
    path
    for folder in ("docs", "site/guides", "tools/cuebook/templates", ".github")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".md", ".yml"} and path.parent.parent.name != "judges"
] + [
    path
    for pattern in (
        "*.md",
        "changelog.d/*.md",
        "skills/*/*.md",
        "tools/*/*.md",
        "tools/client-js/*.*s",
        "tools/cuebook/theme/**/*.js",
    )
    for path in sorted(ROOT.glob(pattern))
]


def test_pages_and_workflows_use_plain_words() -> None:
    said = {path.relative_to(ROOT).as_posix(): _unplain(path.read_text("utf-8")) for path in PAGES}
    assert {path: words for path, words in said.items() if words} == {}


def _commands(command: click.Command, name: str = "cuebook") -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for member in command.list_commands(context):
            found = command.get_command(context, member)
            assert found is not None
            yield from _commands(found, f"{name} {member}")


COMMANDS = dict(_commands(root))


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_imperative_and_in_plain_words(name: str) -> None:
    command = COMMANDS[name]
    said = command.help or ""
    assert _unplain(said) == []
    # One owner: the list of commands shows the first line of the help.
    assert command.short_help is None
    if name.count(" ") == 1:
        assert summary(name.split()[1]) == said.splitlines()[0]
        assert said.splitlines()[0].endswith(".")
    if name != "cuebook":
        first = said.split()[0].rstrip(":,")
        assert first[0].isupper()
        assert not re.fullmatch(r"The|An?|What|How|One|All|This|\w+[^s]s", first), (
            "begin with a verb: Show, Check"
        )
    for option in command.params:
        assert _unplain(getattr(option, "help", None) or "") == []


def test_amounts_of_money_have_one_writer() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        if re.search(r"\$\{[^{}]*:[,.\d]*[fg]\}", path.read_text("utf-8"))
    }
    # What a scorer says of an answer is on record, and stays as it was.
    assert found == {"core/format.py", "scorers/cost.py"}, "write it by money() of core/format.py"


def test_the_glossary_is_in_plain_words() -> None:
    assert _unplain(" ".join([*GLOSSARY, *GLOSSARY.values()])) == []


def test_the_words_are_found_in_their_forms() -> None:
    for text in (
        "Held against v5",
        "it stands",
        "say what mends them",
        "decide anew",
        "bought once",
        "tell of it",
    ):
        assert _unplain(text), text
    assert not _unplain("a stand-in, compared with v5; fix it; understand; cuebook ci buy --shard 1/4")
