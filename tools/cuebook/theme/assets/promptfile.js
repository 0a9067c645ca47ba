// A version's file: what its template asks for, its YAML as `cuebook check` reads it, and where to propose it.

import { isText } from "./tooldiff.js";
import { SPACE } from "./worddiff.js";

const PLACE = new RegExp(`^[${SPACE}]*([A-Za-z_][A-Za-z0-9_]*(?:\\.[A-Za-z_][A-Za-z0-9_]*)*)[${SPACE}]*$`, "u");
// Closed by one brace or none, so that the next variable's braces end it.
const UNCLOSED = new RegExp(`${PLACE.source.slice(0, -1)}\\}?[^{}]*\\{\\{`, "u");
const BLANK = new RegExp(`^[${SPACE}]*$`, "u");

// The literal pieces of a template, each with what is in the braces after it; the last has null.
function* split(text) {
  let place = 0;
  for (;;) {
    const start = text.indexOf("{{", place);
    const end = start < 0 ? -1 : text.indexOf("}}", start + 2);
    if (end < 0) break;
    yield [text.slice(place, start), text.slice(start + 2, end), start];
    place = end + 2;
  }
  yield [text.slice(place), null, text.length];
}

/** Name and likely type of each variable of simple templates, in order: "string", or "object" when a part is used. */
export function variables(texts) {
  const found = new Map();
  for (const text of texts) {
    for (const [, inside] of split(text)) {
      const place = inside === null ? null : PLACE.exec(inside);
      if (!place) continue;
      const [name, ...rest] = place[1].split(".");
      if (rest.length || !found.has(name)) found.set(name, rest.length ? "object" : "string");
    }
  }
  return found;
}

/** What in a simple template cannot be filled, as sentences. */
export function templateProblems(text) {
  const found = [];
  for (const [, inside, start] of split(text)) {
    if (inside === null || PLACE.test(inside)) continue;
    const line = text.slice(0, start).split("\n").length;
    const shown = `{{${inside}}}`.replace(/\s+/g, " ");
    const unclosed = UNCLOSED.exec(inside);
    const cure = BLANK.test(inside)
      ? "put a variable's name between the braces"
      : unclosed
      ? `close it with two braces: {{${unclosed[1]}}}`
      : "write {{name}} with letters, digits and _ only, or choose the template format jinja2";
    found.push(`Line ${line}: ${shown.length > 40 ? `${shown.slice(0, 36)}...}}` : shown} is not a variable; ${cure}.`);
  }
  return found;
}

/** A template as [literal, name, value] pieces; value is null where `values` (a Map) has none. */
export function filled(text, values) {
  return [...split(text)].map(([literal, inside]) => {
    const place = inside === null ? null : PLACE.exec(inside);
    if (!place) return [literal + (inside === null ? "" : `{{${inside}}}`), null, null];
    let value = values.get(place[1].split(".")[0]);
    for (const step of place[1].split(".").slice(1)) {
      value = value !== null && typeof value === "object" && Object.hasOwn(value, step) ? value[step] : undefined;
    }
    return [literal, place[1], value === undefined ? null : typeof value === "string" ? value : flow(value)];
  });
}

/** A text without the braces of a variable. */
export function without(text, name) {
  return [...split(text)].map(([literal, inside]) => {
    if (inside === null) return literal;
    return PLACE.exec(inside)?.[1].split(".")[0] === name ? literal : `${literal}{{${inside}}}`;
  }).join("");
}

const ODD = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g;
const escaped = (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
const quoted = (text) => JSON.stringify(text).replace(ODD, escaped);

/** A value on one line, in JSON that is YAML as well. */
export function flow(value) {
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  // A long key needs its question mark: without one YAML looks for the colon in the next 1,024 bytes only.
  const pair = ([key, item]) => `${key.length > 200 ? "? " : ""}${quoted(key)}: ${flow(item)}`;
  return `{${Object.entries(value).map(pair).join(", ")}}`;
}

const PLAIN = /^[\p{L}][\p{L}\p{N} _.,;()'?!/%+=@-]*$/u;
const WORDS_WITH_MEANING = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

function scalar(text) {
  const safe = PLAIN.test(text) && !text.endsWith(" ") && !WORDS_WITH_MEANING.test(text);
  return safe ? text : quoted(text);
}

// `key: text`, in block style when it has lines, so that a diff of the file reads like the prompt.
function entry(indent, key, text) {
  const pad = " ".repeat(indent);
  const odd = text.search(ODD) >= 0 || /[\0-\x08\x0b-\x1f]|\p{Surrogate}/u.test(text);
  if (odd || !text.includes("\n") || /^[\t\n ]*$/.test(text)) return `${pad}${key}: ${scalar(text)}\n`;
  const keep = text.endsWith("\n\n") ? "+" : text.endsWith("\n") ? "" : "-";
  const lines = (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
  const body = lines.map((line) => (line ? `${pad}  ${line}\n` : "\n")).join("");
  return `${pad}${key}: |${/^[\t\n ]/.test(text) ? "2" : ""}${keep}\n${body}`;
}

export const FIRST_LINE = "# yaml-language-server: $schema=../../schemas/prompt-version.json\n";

/** The YAML of a version's file: {message, model, modelParameters, inputs, messages or template, ...}. */
export function toYaml(file) {
  const parts = [FIRST_LINE, entry(0, "message", file.message), entry(0, "model", file.model)];
  const settings = Object.entries(file.modelParameters);
  if (settings.length) parts.push("modelParameters:\n", ...settings.map(([key, value]) => `  ${key}: ${flow(value)}\n`));
  const inputs = Object.entries(file.inputs);
  if (inputs.length) parts.push("inputs:\n", ...inputs.map(([name, spec]) => inputLines(name, spec)));
  if (file.template !== null) parts.push(entry(0, "template", file.template));
  else parts.push("messages:\n", ...file.messages.map(messageLines));
  if (file.tools) parts.push("tools:\n", ...file.tools.map((tool) => `  - ${flow(tool)}\n`));
  for (const key of ["toolChoice", "parallelToolCalls"]) if (file[key] != null) parts.push(`${key}: ${flow(file[key])}\n`);
  if (file.templateFormat !== "simple") parts.push(entry(0, "templateFormat", file.templateFormat));
  if (file.responseFormat !== "text") parts.push(entry(0, "responseFormat", file.responseFormat));
  if (file.jsonSchema !== null) {
    const json = JSON.stringify(file.jsonSchema, null, 2).replace(ODD, escaped);
    parts.push(entry(0, "jsonSchema", `${json}\n`));
  }
  return parts.join("");
}

function inputLines(name, spec) {
  const value = Object.hasOwn(spec, "default") ? `    default: ${flow(spec.default)}\n` : "";
  const said = spec.description ? entry(4, "description", spec.description) : "";
  return `  ${scalar(name)}:\n    type: ${scalar(spec.type)}\n${said}${value}`;
}

function messageLines(message) {
  if (!isText(message)) return `  - ${flow(message)}\n`;
  const { role, content } = message;
  return `  - role: ${scalar(role)}\n${entry(4, "content", content)}`;
}

/** Where a version's file belongs; `folder` is that of the prompts in the repository. */
export const filePath = (folder, name, number) => `${folder}/${name}/v${number}.prompt.yml`;

/** The address of a host's new-file page, filled in; `value` is null to leave the text to be pasted. */
export function newFileUrl(template, filename, value, message) {
  const words = { filename, message, value: value ?? "" };
  const [path, ...query] = template.split("?");
  const inPath = (text) => text.split("/").map(encodeURIComponent).join("/");
  const inQuery = (text) => encodeURIComponent(text).replace(/%20/g, "+");
  const put = (text, encode) => text.replace(/\{(filename|value|message)\}/g, (_, key) => encode(words[key]));
  const asked = query.join("?").split("&").filter((pair) => value !== null || !pair.includes("{value}"));
  return put(path, inPath) + (query.length ? `?${put(asked.join("&"), inQuery)}` : "");
}
