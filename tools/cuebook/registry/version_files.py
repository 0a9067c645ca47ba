"""Reading the files of one prompt: versions, ``aliases.yml``, ``meta.yml``; writing a version's text.

What could be read comes together with every problem, so that ``check`` shows all of them at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from cuebook.core import refs
from cuebook.core.canonical import CALLING
from cuebook.core.chat import MESSAGES, PLACEHOLDER, images_in
from cuebook.core.errors import Problem, nearest
from cuebook.core.errors import did_you_mean as hint_for
from cuebook.core.files import Broken, Tree
from cuebook.core.images import IMAGE
from cuebook.core.layout import META, meta_path
from cuebook.core.messages import texts
from cuebook.core.stand_ins import TOY
from cuebook.core.templating import has_type, template_problems, variables
from cuebook.core.yaml_files import Document, read_numbered_yaml, read_yaml
from cuebook.registry._shaped import as_shape, no_block, rest_of
from cuebook.registry.alias_pointers import Pointer, read_pointer
from cuebook.registry.chat_problems import input_problems, message_problems, part_problems, tool_problems
from cuebook.registry.includes import DEEPEST, Expanded, NotIncluded, expand, has_include, merged_inputs
from cuebook.registry.paths import PROMPTS, version_path
from cuebook.registry.variable_lines import variable_line
from cuebook.shapes.file_formats import STEALING_PARAMETERS, MetaFile, VersionFile
from cuebook.shapes.run import Version
from cuebook.shapes.split import Origin, Shares
from cuebook.wording.aliases import pointer_problem
from cuebook.wording.includes import include_problem
from cuebook.wording.version_files import VersionCode, version_problem


def read_version(
    data: bytes, path: str, name: str, number: int, tree: Tree | None = None
) -> tuple[Version | None, list[Problem]]:
    """One version file. The version is None when any problem is an error.

    ``tree`` is where the fragments are that its texts include; without one there are none.
    """
    outline, problems = outline_of(data, path, name, number, tree)
    return _whole(outline, problems), problems


@dataclass(frozen=True)
class VersionOutline:
    """What can be seen of a version, whatever else is wrong with its file.

    Of the keys in ``doubts`` the values are not known, and are as if something harmless were written there.
    """

    version: Version
    doubts: frozenset[str]


def outline_of(
    data: bytes, path: str, name: str, number: int, tree: Tree | None = None
) -> tuple[VersionOutline | None, list[Problem]]:
    """As ``read_version``, but with what can be seen of a version where a part is refused.

    None where its variables are not known.
    """
    outline, problems = _read(data, path, name, number, tree, ())
    return outline, list(problems)


def _whole(outline: VersionOutline | None, problems: Sequence[Problem]) -> Version | None:
    return outline.version if outline and not any(item.breaks for item in problems) else None


def _read(
    data: bytes, path: str, name: str, number: int, tree: Tree | None, within: tuple[str, ...]
) -> tuple[VersionOutline | None, list[Problem]]:
    """As ``outline_of``; ``within`` are the refs that include this one, the outermost first."""
    # What a file says by itself is the same each time; with fragments it depends on other files.
    if not has_include(data.decode("utf-8", "ignore")):
        return _alone(data, path, name, number)
    try:
        document = read_yaml(data, path)
    except Broken as broken:
        return None, [broken.problem]
    return _version(document, path, name, number, _expanded(document, tree, (*within, f"{name}/{number}")))


def _expanded(document: Document, tree: Tree | None, within: tuple[str, ...]) -> Expanded:
    def find(name: str, number: int) -> Version:
        ref = f"{name}/{number}"
        if ref in within:
            ring = " includes ".join([*within[within.index(ref) :], ref])
            raise NotIncluded("include_ring", by_all=True, ring=ring)
        if len(within) > DEEPEST:
            raise NotIncluded("include_too_deep", by_all=True, ref=ref, most=DEEPEST)
        path = version_path(name, number)
        data = tree.read(path) if tree else None
        meta = tree.read(meta_path(name)) if tree else None
        if data is None and meta and (told := read_meta(meta, path)[0]) and number in told.erased:
            raise NotIncluded("include_erased", ref=ref)
        if data is None and (now := called_now(tree, name) if tree else ""):
            raise NotIncluded("include_renamed", file=path, name=name, now=now, number=number)
        if data is None:
            raise NotIncluded("include_missing", file=path, near=_versions_near(tree, name))
        version = _whole(*_read(data, path, name, number, tree, within))
        if version is None:
            raise NotIncluded("include_broken", ref=ref, file=path)
        return version

    found, template_format = texts_of(document)
    words = [text for _, text in found]

    def latest(name: str) -> int:
        return max(_numbers(tree).get(name, ()), default=1)

    return expand(words, template_format, find, is_fragment=len(within) > 1, latest=latest)


def _versions_near(tree: Tree | None, name: str) -> str:
    """The versions of a prompt of which one is missing, or the prompt that has nearly its name."""
    found = _numbers(tree)
    if name in found:
        return f"its versions: {', '.join(map(str, sorted(found[name])))}"
    return hint_for(name, sorted(found))


def _numbers(tree: Tree | None) -> dict[str, set[int]]:
    """The numbers of the versions of each prompt that has any."""
    paths = [path.split("/") for path in (tree.paths(PROMPTS) if tree else ())]
    found: dict[str, set[int]] = {}
    for at in paths:
        if len(at) == _FILE and (number := refs.version_number(at[2])):
            found.setdefault(at[1], set()).add(number)
    return found


_FILE = 3
"""Parts of the path of a file in a prompt's folder."""


@cache
def _alone(data: bytes, path: str, name: str, number: int) -> tuple[VersionOutline | None, list[Problem]]:
    try:
        document = read_yaml(data, path)
    except Broken as broken:
        return None, [broken.problem]
    return _version(document, path, name, number, Expanded())


def _version(
    document: Document, path: str, name: str, number: int, expanded: Expanded
) -> tuple[VersionOutline | None, list[Problem]]:
    places, template_format = texts_of(document)
    raw = document.data
    for at, text in expanded.texts.items():
        document = replace(document, data=_with(document.data, places[at][0], text))
    shaped, found = as_shape(document, VersionFile)
    refused = [_why_refused(problem) for problem in _by_cause(found)]
    if shaped is None:
        shaped, hidden = rest_of(document, VersionFile, found, _STAND_INS)
        refused += hidden
        # Where no key is named each part has its shape, and only together they are wrong.
        if isinstance(document.data, dict) and not any(problem.key for problem in found):
            refused += tool_problems(_set(document.data.get("tools")), document)
    left = [(place, expanded.left.get(at, text)) for at, (place, text) in enumerate(places)]
    unreadable = _template_problems(left, template_format, document)
    unreadable += [
        include_problem(code, path, document.text_line(places[at][0]) + line - 1, **facts)
        for at, line, code, facts in expanded.wrong
    ]
    refused += unreadable
    if shaped is None or unreadable:  # which variables there are is known of whole texts only
        return None, refused
    messages = [item.model_dump(exclude_none=True) for item in shaped.messages] if shaped.messages else None
    filled = variables(texts({"messages": messages, "template": shaped.template}), shaped.templateFormat)
    placed = dict.fromkeys(images_in(messages or ()), IMAGE)
    placed |= {item[PLACEHOLDER]: MESSAGES for item in messages or () if PLACEHOLDER in item}
    inputs, unclear = _inputs(shaped, filled | placed, document, expanded.found)
    unclear += input_problems(inputs, placed, filled, document)
    calling = shaped.model_dump(include=set(CALLING), exclude_none=True)  # as it is published and digested
    tools, made = calling.get("tools", ()), shaped.origin
    problems = [*refused, *unclear, *part_problems(messages or (), document)]
    problems += [*message_problems(messages or (), tools, document), *tool_problems(tools, document)]
    version = Version(
        prompt=name,
        number=number,
        message=shaped.message,
        model=shaped.model,
        parameters=shaped.modelParameters.model_dump(exclude_none=True),
        inputs=inputs,
        messages=tuple(messages) if messages else None,
        template=shaped.template,
        template_format=shaped.templateFormat,
        response_format=shaped.responseFormat,
        json_schema=shaped.jsonSchema.model_dump(by_alias=True, exclude_none=True)
        if shaped.jsonSchema
        else None,
        author=shaped.author,
        created=shaped.created,
        path=path,
        calling=calling,
        includes={ref: fragment.digest for ref, fragment in expanded.found.items()},
        origin=Origin(made.suite, Shares(made.train, made.choose)) if made else None,
        # As the file has them: a version that is written again includes what this one includes.
        written={key: raw[key] for key in ("messages", "template") if expanded.found and key in raw},
    )
    doubts = _doubts(found)
    is_clear = "inputs" not in doubts and not any(item.breaks for item in unclear)
    return (VersionOutline(version, doubts) if is_clear else None), problems


_STAND_INS: dict[str, Any] = {
    "message": "-",
    "model": TOY.answers,
    "modelParameters": {},
    "inputs": None,
    "author": None,
    "created": None,
    "origin": None,
}
"""What may take the place of a key that is refused, for the rest to be looked at."""


def _doubts(refused: Sequence[Problem]) -> frozenset[str]:
    """The keys that something else stands in for; one that is written wrong is missing by its right name."""
    keys = (problem.key.partition(".")[0] for problem in refused)
    return frozenset(key if key in _STAND_INS else nearest(key, list(_STAND_INS)) for key in keys)


def as_file(version: Version) -> dict[str, Any]:
    """A version as its file says it, without message, author and date."""
    body: dict[str, Any] = {"model": version.model}
    if version.parameters:
        body["modelParameters"] = dict(version.parameters)
    body["inputs"] = {name: dict(spec) for name, spec in version.inputs.items()}
    if version.messages is not None:
        body["messages"] = [dict(message) for message in version.messages]
    else:
        body["template"] = version.template
    if version.response_format != "text":
        body["responseFormat"] = version.response_format
    if version.json_schema is not None:
        body["jsonSchema"] = dict(version.json_schema)
    if version.template_format != "simple":
        body["templateFormat"] = version.template_format
    return body | dict(version.calling) | dict(version.written)


def _set(tools: Any) -> list[dict[str, Any]]:
    """The tools of a file with the keys that are set."""
    return [{key: value for key, value in tool.items() if value is not None} for tool in tools or ()]


_FOREIGN = ("name", "description", "testData", "evaluators")
"""Keys that GitHub Models' files have at their top, and ours do not."""


def _by_cause(problems: Sequence[Problem]) -> list[Problem]:
    """One problem where a whole part was written in another form."""
    keys = {problem.key for problem in problems}
    made, gone = [], set()
    if foreign := [problem for problem in problems if problem.key in _FOREIGN]:
        listed = ", ".join(problem.key for problem in foreign)
        made.append(version_problem("of_github_models", foreign[0].file, foreign[0].line, keys=listed))
        gone |= set(_FOREIGN)
    if "jsonSchema.schema" in keys and keys & {"jsonSchema.type", "jsonSchema.properties"}:
        first = next(problem for problem in problems if problem.key == "jsonSchema.schema")
        made.append(version_problem("schema_not_named", first.file, first.line))
        gone |= {key for key in keys if key.startswith("jsonSchema.")}
    return [*made, *(problem for problem in problems if problem.key not in gone)]


def _why_refused(problem: Problem) -> Problem:
    """An unknown parameter that would steal a key or fake a reply is refused with the reason."""
    parent, _, key = problem.key.rpartition(".")
    if parent != "modelParameters" or key not in STEALING_PARAMETERS:
        return problem
    refused = version_problem("parameter_forbidden", problem.file, problem.line, key=problem.key)
    return refused._replace(key=problem.key)


def texts_of(document: Document) -> tuple[list[tuple[list[str | int], str]], str]:
    """The texts of a version's file with their places, and their format: what of it is text, in any file."""
    data = document.data if isinstance(document.data, dict) else {}
    messages = data.get("messages")
    places: list[list[str | int]] = [["template"]]
    if isinstance(messages, list):
        places = [place for index, item in enumerate(messages) for place in _text_places(index, item)]
    texts = [(place, _at(data, place)) for place in places]
    return [(place, text) for place, text in texts if isinstance(text, str)], str(
        data.get("templateFormat", "simple")
    )


def _text_places(index: int, message: Any) -> list[list[str | int]]:
    """Where a message of any file may have a text: its content, or each part of it."""
    if not isinstance(message, dict):
        return []
    content = message.get("content")
    place: list[str | int] = ["messages", index, "content"]
    if not isinstance(content, list):
        return [place]
    return [[*place, at, "text"] for at, part in enumerate(content) if isinstance(part, dict)]


def _with(data: Any, place: Sequence[str | int], text: str) -> Any:
    """The data with a text at a place; what was given is left as it is."""
    if not place:
        return text
    step, *rest = place
    copy: Any = dict(data) if isinstance(data, dict) else list(data)
    copy[step] = _with(data[step], rest, text)
    return copy


def _at(data: Any, place: Sequence[str | int]) -> Any:
    for step in place:
        data = data.get(step) if isinstance(data, dict) else data[step]
    return data


def _template_problems(
    texts: Sequence[tuple[Sequence[str | int], str]], template_format: str, document: Document
) -> list[Problem]:
    if template_format not in {"simple", "jinja2"}:
        return []  # which is said already
    return [
        version_problem(
            "template_refused", document.path, document.text_line(place) + line - 1, why=why, cure=cure
        )
        for place, text in texts
        for line, why, cure in template_problems(text, template_format)
    ]


def _inputs(
    shaped: VersionFile, used: Mapping[str, str], document: Document, fragments: Mapping[str, Version]
) -> tuple[dict[str, dict[str, Any]], list[Problem]]:
    """Declared inputs, or those found in the template; undeclared and unused ones are problems.

    Those of fragments need no declaration.
    """
    declared = {name: item.model_dump(exclude_unset=True) for name, item in (shaped.inputs or {}).items()}
    brought, clashes = merged_inputs(declared, used, fragments)
    path, line = document.path, document.line
    problems = [
        include_problem(code, path, line(["inputs", facts["name"]]), **facts) for code, facts in clashes
    ]
    if shaped.inputs is None:
        return {name: brought.get(name) or {"type": kind} for name, kind in used.items()}, problems
    unused = [name for name in declared if name not in used]
    misspelt: set[str] = set()
    for name, kind in used.items():
        if name in declared or name in brought:
            continue
        if declares := nearest(name, unused):  # one slip, in one place or the other
            misspelt.add(declares)
            about = {"name": name, "declares": declares}
            problems.append(version_problem("input_misspelt", path, _used_at(document, name), **about))
            continue
        # Of none that is near the cure is to declare it.
        near = hint_for(name, list(declared)) if nearest(name, list(declared)) else ""
        at = _used_at(document, name) if near else line(["inputs"])
        problems.append(version_problem("input_undeclared", path, at, name=name, type=kind, near=near))
    for name, item in declared.items():
        kind = item.get("type", "string")
        if name not in used and name not in misspelt:
            code = _UNUSED.get(kind, "input_unused")
            problems.append(version_problem(code, path, line(["inputs", name]), name=name))
        if "default" in item and not has_type(item["default"], kind):
            place = line(["inputs", name, "default"])
            problems.append(version_problem("default_wrong_type", path, place, name=name, type=kind))
    inputs = {name: {"type": "string", **item} for name, item in declared.items()}
    return inputs | {name: spec for name, spec in brought.items() if name not in inputs}, problems


def _used_at(document: Document, name: str) -> int:
    """Where the template uses a variable; where a fragment does, the inputs are the place to correct."""
    return variable_line(document.text, name) or document.line(["inputs"])


_UNUSED: dict[str, VersionCode] = {MESSAGES: "messages_unused", IMAGE: "image_unused"}
"""Types of inputs that are no text, so that they are used otherwise."""


def read_meta(data: bytes, path: str) -> tuple[MetaFile | None, list[Problem]]:
    """One ``meta.yml``."""
    meta, problems = _meta(data, path)
    return meta, list(problems)


@cache
def _meta(data: bytes, path: str) -> tuple[MetaFile | None, list[Problem]]:
    try:
        return as_shape(read_yaml(data, path), MetaFile)
    except Broken as broken:
        return None, [broken.problem]


def called_now(tree: Tree, former: str) -> str:
    """The name of the prompt that once had this one; empty where none says so in a file that can be read."""
    for path in tree.paths(PROMPTS):
        _, name, *rest = path.split("/")
        data = tree.read(path) if rest == [META] else None
        # Asked where something is wrong already: a broken file is told where it is read.
        if data and b"formerly" in data and (meta := read_meta(data, path)[0]) and former in meta.formerly:
            return name
    return ""


def read_aliases(data: bytes, path: str) -> tuple[dict[str, int], list[Problem]]:
    """One ``aliases.yml``: the version that each alias uses; those that cannot be are reported."""
    pointers, problems = _pointers(data, path)
    return {alias: pointer.use for alias, pointer in pointers.items()}, list(problems)


def read_pointers(data: bytes, path: str) -> tuple[dict[str, Pointer], list[Problem]]:
    """One ``aliases.yml``, as ``read_aliases``, with the versions that are tried."""
    pointers, problems = _pointers(data, path)
    return dict(pointers), list(problems)


def _no_aliases(document: Document) -> Problem:
    """What is said of a file that maps nothing; of a list, its own values are shown."""
    if isinstance(document.data, str):
        return no_block(document)
    items = document.data if isinstance(document.data, list) else []
    lines = [f"{alias}: {value}" for item in items if isinstance(item, dict) for alias, value in item.items()]
    code: VersionCode = "aliases_listed" if lines else "no_aliases"
    return version_problem(code, document.path, 1, lines=lines)


@cache
def _pointers(data: bytes, path: str) -> tuple[dict[str, Pointer], list[Problem]]:
    try:
        document = read_numbered_yaml(data, path)
    except Broken as broken:
        return {}, [broken.problem]
    if not isinstance(document.data, dict):
        return {}, [_no_aliases(document)]
    pointers: dict[str, Pointer] = {}
    problems = []
    for alias, value in document.data.items():
        if why := refs.alias_problem(alias):
            problems.append(version_problem("alias_misnamed", path, document.line([alias]), why=why))
            continue
        found = read_pointer(value)
        if isinstance(found, Pointer):
            pointers[alias] = found
            continue
        problems += [
            pointer_problem(code, path, document.line([alias, *place]), alias=alias, **facts)
            for place, code, facts in found
        ]
    return pointers, problems
