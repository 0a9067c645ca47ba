"""Code that fetches a version and fills it, to be pasted into an app: it runs, and stops where it must.

A missing variable, an answer of the server that is no success and, for one exact version, another digest
are errors in each language. The values are those of a real case.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from keyword import iskeyword
from shlex import quote
from typing import Any

from cuebook.core.chat import MESSAGES
from cuebook.core.errors import install_line
from cuebook.core.images import IMAGE
from cuebook.core.stand_ins import is_stand_in
from cuebook.shapes.published import Artifact, LaterArtifact, alias_path, artifact_path
from cuebook.site.pages._html import Html, join, kept, pre, tag
from cuebook.site.pages._parts import copyable

PLACEHOLDER = "https://your.site/"
"""In place of the site's address where the settings give none; the page's script fills in the real one."""
_PICTURE = "data:image/png;base64,..."
"""In code, for an image: what ``cuebook.image`` makes of a file."""
REAL = "gpt-6-luna"
"""The model in code for a prompt whose own is a toy or a stand-in: an app cannot call that one."""

# Only what a value has itself: "{{a.toString}}" would put into a prompt what every object has.
_STRICT = r"""const has = Object.hasOwn;
const given = (name) => (has(values, name) ? values[name] : prompt.inputs[name]?.default);
const part = (found, key) => (typeof found === "object" && found && has(found, key) ? found[key] : undefined);
const fill = (text) => text.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (_, name) => {
  const [first, ...rest] = name.split(".");
  const value = rest.reduce(part, given(first));
  if (value === undefined) throw new Error(`no value for {{${name}}}`);
  return typeof value === "string" ? value : JSON.stringify(value);
});"""

_SENT = """const sent = ({ placeholder, toolCalls, toolCallId, ...one }) => {
  if (placeholder) return given(placeholder) ?? fill(`{{${placeholder}}}`);
  const calls = toolCalls?.map(({ id, name, arguments: given }) => (
    { id, type: "function", function: { name, arguments: JSON.stringify(given) } }));
  const piece = ({ type, text, image, url, detail }) => type === "text" ? { type, text: fill(text) }
    : { type: "image_url", image_url: { url: image ? values[image] : url, ...(detail && { detail }) } };
  const own = { ...one, content: Array.isArray(one.content) ? one.content.map(piece) : fill(one.content) };
  return [{ ...own, ...(calls && { tool_calls: calls }), ...(toolCallId && { tool_call_id: toolCallId }) }];
};
const messages = prompt.messages.flatMap(sent);
const tools = prompt.tools?.map((tool) => ({ type: "function", function: tool }));"""
# Until the model calls no tool: one answer may ask for several calls, and the next for more.
_LOOP = """client = OpenAI()
while True:
    answer = client.chat.completions.create(**request).choices[0].message
    if not answer.tool_calls:
        break
    request["messages"].append(answer.model_dump(exclude_none=True))
    for call in answer.tool_calls:
        result = handlers[call.function.name](**json.loads(call.function.arguments))
        request["messages"].append({"role": "tool", "tool_call_id": call.id, "content": str(result)})"""


@dataclass(frozen=True, slots=True)
class Use:
    """What code is for: a version, by an alias (None: this version and no other), with a case's values."""

    site_url: str
    version: Artifact
    alias: str | None
    values: Mapping[str, Any]
    expected: str = ""

    @property
    def _base(self) -> str:
        return f"{self.site_url.rstrip('/')}/" if self.site_url else PLACEHOLDER

    @property
    def _path(self) -> str:
        found = self.version
        if self.alias:
            return alias_path(found.name, self.alias)
        return artifact_path(found.name, found.version)

    @property
    def _given(self) -> dict[str, Any]:
        asked = [name for name, spec in self.version.inputs.items() if "default" not in spec]
        kinds = {name: self.version.inputs[name].get("type") for name in asked}
        found = {name: self.values.get(name, [] if kinds[name] == MESSAGES else "...") for name in asked}
        return found | {name: _PICTURE for name in asked if kinds[name] == IMAGE}

    def python(self) -> Html:
        """Return code with the runtime client and the provider's own."""
        found = self.version
        ref = f"{found.name}@{self.alias}" if self.alias else found.ref
        given = self._given
        values = "".join(f"    {_keyword(name, value)},\n" for name, value in given.items())
        # A call, which stands in place of the text: _keyword writes values only.
        values = values.replace(repr(_PICTURE), 'image("photo.jpg")')
        tools = [tool["name"] for tool in found.calling.get("tools", ())]
        lines = [
            f"# {install_line()} openai",
            *(["import json", ""] if tools else []),
            f"from cuebook import {'image, ' if _PICTURE in given.values() else ''}load_prompt",
            "from openai import OpenAI",
            "",
            f"prompt = load_prompt({_json(f'prompts:/{ref}')}, registry={_json(self._base)})",
        ]
        if not self.alias:
            lines.append(f'assert prompt.digest == "{found.digest}", prompt.digest')
        lines.append(f"request = prompt.to_openai(\n{values})" if values else "request = prompt.to_openai()")
        if is_stand_in(found.model):
            lines.append(f'request["model"] = "{REAL}"  # this prompt\'s own model is not a real one')
        note = _note("  # ", self.expected)
        if tools:
            code = ", ".join(f'"{name}": lambda **given: "..."' for name in tools)
            lines += [f"handlers = {{{code}}}  # your own code", _LOOP, f"print(answer.content){note}"]
        else:
            lines += [
                "reply = OpenAI().chat.completions.create(**request)",
                f"print(reply.choices[0].message.content){note}",
            ]
        return self._code("\n".join(lines) + "\n", "the Python code")

    def javascript(self) -> Html:
        """Return code with plain ``fetch``; a template is filled in one pass: no value is filled again."""
        found = self.version
        given = ",\n".join(f"  {_key(name)}: {_json(value)}" for name, value in self._given.items())
        # The formats that this code can read: what a later one adds it would not send.
        known = f"/^cuebook\\/(version|alias)\\/[1{'2' if isinstance(found, LaterArtifact) else ''}]$/"
        lines = [
            "// Node.js 18 or later, and every browser; save it as a module (.mjs)",
            f"const reply = await fetch({_json(self._base + self._path)});",
            "if (!reply.ok) throw new Error(`the registry answered ${reply.status}`);",
            "const prompt = await reply.json();",
            f"if (!{known}.test(prompt.schema)) throw new Error(`unknown: ${{prompt.schema}}`);",
        ]
        if not self.alias:
            lines.append(f'if (prompt.digest !== "{found.digest}") throw new Error(prompt.digest);')
        if found.templateFormat == "simple":
            lines.append(f"const values = {{\n{given},\n}};" if given else "const values = {};")
            lines.append(_STRICT)
            if found.template is not None:
                lines += ["const text = fill(prompt.template);", "console.log(text);"]
            elif isinstance(found, LaterArtifact):
                lines += [_SENT, "console.log({ messages, tools });"]
            else:
                each = "(one) => ({ ...one, content: fill(one.content) })"
                lines += [f"const messages = prompt.messages.map({each});", "console.log(messages);"]
        else:
            lines.append("// This template is Jinja2: fill it with a library for that, such as nunjucks.")
        return self._code("\n".join(lines) + "\n", "the JavaScript code")

    def package(self, name: str) -> Html:
        """Return code with the JavaScript client, by its name on npm, and the provider's own."""
        found = self.version
        pin = "" if self.alias else f', digest: "{found.digest}"'
        ref = f"{found.name}@{self.alias}" if self.alias else found.ref
        given = "".join(f"  {_key(key)}: {_json(value)},\n" for key, value in self._given.items())
        shown = "message" if found.calling.get("tools") else "message.content"
        lines = [
            f"// npm install {name} openai",
            f"import {{ loadPrompt }} from {_json(name)};",
            'import OpenAI from "openai";',
            "",
            f"const prompt = await loadPrompt({_json(ref)}, {{ registry: {_json(self._base)}{pin} }});",
            f"const request = prompt.toOpenAI({{\n{given}}});"
            if given
            else "const request = prompt.toOpenAI();",
            *(
                [f'request.model = "{REAL}"; // this prompt\'s own model is not a real one']
                if is_stand_in(found.model)
                else []
            ),
            "const reply = await new OpenAI().chat.completions.create(request);",
            f"console.log(reply.choices[0].{shown});{_note('  // ', self.expected)}",
        ]
        if found.templateFormat != "simple":
            lines = ["// This template is Jinja2, which the package does not fill: use the Python client."]
        return self._code("\n".join(lines) + "\n", "the code for the package")

    def curl(self) -> Html:
        """Return the command that fetches the JSON itself."""
        # -f: an answer that is no success ends it with an error, as in the other languages.
        return self._code(f"curl -fsS {quote(self._base + self._path)}\n", "the command")

    def _code(self, text: str, label: str) -> Html:
        # Without an address in the settings, the script writes the one that the page was opened at.
        if self.site_url:
            return copyable(pre(kept(text), class_="cb-code", tabindex="0"), label)
        first, *rest = text.split(PLACEHOLDER)
        spot = tag("span", PLACEHOLDER, data_site=True)
        filled = join(kept(first), *((spot, kept(part)) for part in rest))
        return copyable(pre(filled, class_="cb-code", tabindex="0"), label)


# An input may be named as no argument can be, such as "from" or "user-name". Values are literals, by repr:
# texts of cases are pasted into apps.
def _keyword(name: str, value: object) -> str:
    return (
        f"{name}={value!r}" if name.isidentifier() and not iskeyword(name) else f"**{{{name!r}: {value!r}}}"
    )


# Unquoted only what is a name in JavaScript, too; Python's identifiers have other letters.
def _key(name: str) -> str:
    return name if name.isidentifier() and name.isascii() else json.dumps(name)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _note(mark: str, expected: str) -> str:
    # On one line: what follows a line feed would be no comment any more, but code to be pasted.
    line = " ".join(expected.split())
    return f"{mark}expected: {line[:60]}" if line else ""
