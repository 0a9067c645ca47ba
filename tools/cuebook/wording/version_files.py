"""What is wrong with a version's file, or with ``aliases.yml``: one sentence and one cure for each code."""

from __future__ import annotations

from typing import Literal

from cuebook.core.errors import COMING, Problem
from cuebook.wording._faults import Said, problem

VersionCode = Literal[
    "tool_schema_refused",
    "tool_schema_lax",
    "strict_without_schema",
    "braces_in_tool",
    "second_placeholder",
    "result_without_call",
    "call_of_no_tool",
    "image_of_other_role",
    "placed_as_messages",
    "placed_as_image",
    "messages_in_text",
    "image_in_text",
    "default_no_messages",
    "default_no_image",
    "default_wrong_type",
    "input_undeclared",
    "input_misspelt",
    "input_unused",
    "messages_unused",
    "image_unused",
    "template_refused",
    "of_github_models",
    "schema_not_named",
    "parameter_forbidden",
    "default_needs_quotes",
    "default_needs_no_point",
    "default_is_number",
    "number_too_large",
    "braces_unclosed",
    "foreign_braces",
    "braces_as_text",
    "tag_as_text",
    "cut_by_comment",
    "template_by_chance",
    "schema_misnamed",
    "schema_refused",
    "required_unknown",
    "message_empty",
    "created_later",
    "no_aliases",
    "aliases_listed",
    "alias_misnamed",
]

_UNUSED = "input {name!r} is never used in the template"

_DEFAULT = "the default {number!r} has the digest of {whole}, but a different text"
_AS_TEXT = "for braces as text: templateFormat: jinja2, and {{% raw %}}{{{{ ... }}}}{{% endraw %}}"

_SAID: dict[VersionCode, Said] = {
    # Tools and messages.
    "tool_schema_refused": Said("tool {tool}, parameters: {why}", "{cure}"),
    "tool_schema_lax": Said("tool {tool}, parameters: {why}", "{cure}", "warning"),
    "strict_without_schema": Said(
        "tool {tool}, parameters: strict needs the parameters' schema",
        "add 'parameters:', or take strict out",
    ),
    "braces_in_tool": Said(
        "tool {tool}, description: {{{{ is text: nothing is filled in tools",
        "say it in a message, where variables are filled",
        "warning",
    ),
    "second_placeholder": Said(
        "message {message}: a second placeholder", "remove it: a prompt has only one place for a conversation"
    ),
    "result_without_call": Said(
        "message {message}: no call {call} before it",
        "put the assistant's message with 'toolCalls:' before it",
    ),
    "call_of_no_tool": Said(
        "message {message}: calls {tool!r}, which is not one of the tools",
        "add it under 'tools:'",
        "warning",
    ),
    "image_of_other_role": Said(
        "message {message}, part {part}: an image in a message of the role {role}",
        "put it into a user message: providers refuse any other",
    ),
    # Inputs, and where they are filled.
    "placed_as_messages": Said(
        "inputs.{name}: a placeholder needs type messages, not {type}", "write 'type: messages'"
    ),
    "placed_as_image": Said(
        "inputs.{name}: an image part needs type image, not {type}", "write 'type: image'"
    ),
    "messages_in_text": Said(
        "inputs.{name}: a conversation cannot be filled into a text",
        "write '- placeholder: {name}' under messages:, in place of {{{{{name}}}}}",
    ),
    "image_in_text": Said(
        "inputs.{name}: an image cannot be filled into a text",
        "write '- {{type: image, image: {name}}}' among the parts of a user message, "
        "in place of {{{{{name}}}}}",
    ),
    "default_no_messages": Said("inputs.{name}: {why}", "write default: []"),
    "default_no_image": Said("inputs.{name}: {why}", "take the default out"),
    "default_wrong_type": Said(
        "the default of input {name!r} is not of its type, {type}",
        "correct the default, or leave it out to make the input required",
    ),
    "input_undeclared": Said(
        "the template uses {{{{{name}}}}}, which 'inputs' does not declare",
        "add '{name}: {{type: {type}}}' under 'inputs'",
    ),
    "input_misspelt": Said(
        "the template uses {{{{{name}}}}}, and 'inputs' declares {declares!r}, which it never uses",
        "write {declares!r} in the template, or {name!r} under 'inputs'",
    ),
    "input_unused": Said(_UNUSED, "remove it, or use it as {{{{{name}}}}}"),
    "messages_unused": Said(_UNUSED, "remove it, or write '- placeholder: {name}' under messages:"),
    "image_unused": Said(_UNUSED, "remove it, or write '- {{type: image, image: {name}}}' in a user message"),
    # What a template is refused for, core says in the words of its language.
    "template_refused": Said("{why}", "{cure}"),
    # Keys.
    "of_github_models": Said(
        "keys of GitHub Models' format, not of a version: {keys}",
        "cuebook import FILE.prompt.yml imports the file, with its tests and evaluators",
    ),
    "schema_not_named": Said(
        "jsonSchema: this is the schema itself", "write 'name:' and 'schema:', and the schema below that"
    ),
    "parameter_forbidden": Said(
        "{key!r} is not allowed: a prompt cannot choose endpoints, keys, headers or replies",
        "remove it; such things belong in cuebook.toml, or [tool.cuebook] of pyproject.toml",
    ),
    # What earlier releases let through.
    "default_needs_quotes": Said(_DEFAULT, "write it in quotes", since=COMING),
    "default_needs_no_point": Said(_DEFAULT, "write it without a decimal point", since=COMING),
    "default_is_number": Said(
        "the default of input {name!r} is a number, and its type is string",
        'write it in quotes: "{number}"',
        "warning",
        COMING,
    ),
    "number_too_large": Said("{why}", "{cure}", since=COMING),
    "braces_unclosed": Said(
        "{text} has no closing braces, so it is text",
        f"write {{{{{{{{{{name}}}}}}}}}}; {_AS_TEXT}",
        since=COMING,
    ),
    "foreign_braces": Said(
        "{text} looks like another tool's syntax; here its name is an input", _AS_TEXT, "warning", COMING
    ),
    "braces_as_text": Said(
        "{text} looks like a variable, but is text", "write {{{{{name}}}}}", "warning", COMING
    ),
    "tag_as_text": Said(
        "{text} is sent as text: only jinja2 templates have tags",
        "add 'templateFormat: jinja2'; for tags as text also put {{% raw %}} and {{% endraw %}} around them",
        "warning",
        COMING,
    ),
    "cut_by_comment": Said(
        "what follows ' #' is a comment, so the text has no {lost!r}",
        "put the text in quotes",
        "warning",
        COMING,
    ),
    "template_by_chance": Said("{why}", "{cure}", since=COMING),
    "schema_misnamed": Said(
        "the schema's name {name!r} is refused by providers: letters, digits, _ and - only, up to 64",
        "for example {right!r}",
        since=COMING,
    ),
    "schema_refused": Said("{why}", "{cure}", since=COMING),
    "required_unknown": Said(
        "required lists {name!r}, which is not a property there", "{near}", "warning", COMING
    ),
    "message_empty": Said(
        "the {role} message is empty, and some providers refuse empty messages",
        "write what it says, or take it out",
        "warning",
        COMING,
    ),
    # aliases.yml.
    "aliases_listed": Said(
        "the file must map aliases to version numbers", "take the dashes out, one line each: {lines}"
    ),
    "no_aliases": Said("the file must map aliases to version numbers", "write one 'alias: number' a line"),
    "alias_misnamed": Said("{why}", "take the line out, or rename it"),
    "created_later": Said(
        "created: {created} is still to come, and pages and events go by it",
        "take 'created' out: then it is the day of the commit",
        since=COMING,
    ),
}


def version_problem(code: VersionCode, path: str, line: int = 0, /, **names: object) -> Problem:
    """Return the problem of a version's file; ``names`` are those that its sentences need."""
    return problem(_SAID[code], code, path, line, names)
