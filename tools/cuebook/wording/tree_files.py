"""What is wrong with files of any kind, whatever they hold: one sentence and one cure for each code."""

from __future__ import annotations

from typing import Literal

from cuebook.core.errors import COMING, Problem
from cuebook.wording._faults import Said, problem

TreeCode = Literal[
    "link",
    "folder_is_link",
    "same_file",
    "name_no_text",
    "guide_kind",
    "picture_declares",
    "picture_no_xml",
    "picture_element",
    "picture_attribute",
    "picture_refers",
    "settings_twice",
    "settings_no_text",
    "settings_no_toml",
    "settings_misplaced",
    "settings_no_table",
    "no_block",
    "glued",
    "no_address",
    "protected_misspelt",
    "alias_near_protected",
    "folder_missing",
    "branch_missing",
    "line_break_unseen",
    "ends_generated",
    "named_generated",
    "hidden_characters",
    "looks_like_key",
]

_GENERATED = "GitHub treats it as a generated file and collapses it in a pull request"
_PLAIN = "export it as plain SVG, or use a PNG"

_SAID: dict[TreeCode, Said] = {
    # Wherever a link points to, no reviewer has seen that.
    "link": Said("symbolic links are not followed", "put the file itself here"),
    "folder_is_link": Said(
        "a symbolic link in place of a folder is not followed", "put the folder itself here"
    ),
    "same_file": Said(
        "it and {other} are the same file on some file systems",
        "give one of them another name, or delete it",
        since=COMING,
    ),
    "name_no_text": Said("its name is not UTF-8 text", "rename it, or delete it", since=COMING),
    # Guides, which are published as they are.
    "guide_kind": Said(
        "a guide is text and pictures; this kind of file is not published",
        "known kinds: {kinds}",
        since=COMING,
    ),
    "picture_declares": Said(
        "the picture declares entities, a style sheet or another encoding", _PLAIN, since=COMING
    ),
    "picture_no_xml": Said("the picture is not well-formed XML in UTF-8", _PLAIN, since=COMING),
    "picture_element": Said("the picture has a <{tag}>", _PLAIN, since=COMING),
    "picture_attribute": Said("the picture has the attribute {name} on <{tag}>", _PLAIN, since=COMING),
    "picture_refers": Said("the picture refers to {value!r}", _PLAIN, since=COMING),
    "settings_twice": Said(
        "settings are in {files}, and only those of the first count",
        "keep one of them: the two may have different code owners",
        since=COMING,
    ),
    "settings_no_text": Said("not UTF-8 text", "save the file as UTF-8"),
    "settings_no_toml": Said("not TOML: {why}", "{cure}"),
    "settings_misplaced": Said(
        "[tool.cuebook] is for pyproject.toml", "take the line out: the keys of {file} are at its top"
    ),
    "settings_no_table": Said("[tool.cuebook] must be a table", "[tool.cuebook]"),
    "no_block": Said("expected a block of keys, got {given}", "write one 'key: value' a line"),
    "glued": Said("expected a block of keys, got {given}", "write a space after each colon: {pair}"),
    "no_address": Said(
        "{key} is {value!r}, which is not an address",
        'write it in full, such as {key} = "https://{rest}"',
        since=COMING,
    ),
    "protected_misspelt": Said(
        "protected_aliases lists {alias!r}, and no prompt has that alias: {right!r} is not protected",
        "did you mean {right!r}?",
        "warning",
    ),
    "alias_near_protected": Said(
        "alias {alias!r} is not protected, and {right!r} is", "did you mean {right!r}?", "warning"
    ),
    "folder_missing": Said(
        "there is no folder {folder}, which {key} names",
        "set {key} to the folder that they are in, or move them there: git mv {usual} {folder}",
    ),
    "branch_missing": Said(
        "Git has no branch {branch!r}, so nothing is compared with published versions", "{near}", "warning"
    ),
    # Whatever is merged is published for good.
    "line_break_unseen": Said(
        "{character} ends a line here, and editors and diffs do not show that",
        "write a new line, or an escape in double quotes",
        since=COMING,
    ),
    "ends_generated": Said(
        f"because of the words {{words!r}} {_GENERATED}", "take them out of the last lines", since=COMING
    ),
    "named_generated": Said(
        f"because of {{name!r}} in its path {_GENERATED}",
        "give the file and its folder other names",
        since=COMING,
    ),
    "hidden_characters": Said(
        "hidden characters: {characters}",
        "delete it, or write it as an escape in double quotes, where a reader sees it",
        "warning",
        since=COMING,
    ),
    "looks_like_key": Said(
        "{beginning}... looks like a key; what is merged is published for good",
        "take it out and change the key; if it is not one, merge not_secret: ['{digest}'] in meta.yml",
        since=COMING,
    ),
}


def tree_problem(code: TreeCode, path: str, line: int = 0, /, **names: object) -> Problem:
    """Return the problem of a file of any kind; ``names`` are those that its sentences need."""
    return problem(_SAID[code], code, path, line, names)


def softened(found: Problem) -> Problem:
    """Return a problem of a file that an earlier release accepted as a warning, which says that it is one."""
    cure = "; ".join(filter(None, (found.hint, "only a warning: earlier releases did not check this")))
    return found._replace(severity="warning", hint=cure)
