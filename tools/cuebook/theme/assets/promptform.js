// What the form holds, and what it makes of it: from a published version to text fields and back to a file,
// with everything that `cuebook check` would refuse named beside its field.

import { modelProblem, openBraces, schemaNameProblem, schemaProblems, tooLarge } from "./newversion.js";
import { codeOf, readJson } from "./parts.js";
import { flow, templateProblems, variables } from "./promptfile.js";
import { toolsProblems, toolsText } from "./toolform.js";
import { PLACEHOLDER, isText, said } from "./tooldiff.js";
import { same } from "./worddiff.js";

const MAX_DEPTH = 60;
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]|\p{Surrogate}/u;
const WINDOWS = /^(?:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\.|$)/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const TYPES = {
  string: (value) => typeof value === "string" || typeof value === "number",
  number: (value) => typeof value === "number",
  integer: Number.isInteger,
  boolean: (value) => typeof value === "boolean",
  array: Array.isArray,
  object: (value) => value !== null && typeof value === "object" && !Array.isArray(value),
};

const named = (pairs) => Object.assign(Object.create(null), Object.fromEntries(pairs));
const unwindowed = (text) => text.replace(/\r\n?/g, "\n");
const words = (value) => (typeof value === "string" ? value : value == null ? "" : flow(value));

/** What the form says about a prompt that does not exist yet. */
export function blank(model) {
  return {
    name: "",
    message: "",
    kind: "chat",
    messages: [
      textMessage("system", "Answer the question in one sentence.\n"),
      textMessage("user", "Question: {{question}}\n"),
    ],
    template: "",
    templateFormat: "simple",
    model,
    parameters: named([["temperature", "0"]]),
    inputs: named([]),
    responseFormat: "text",
    schema: { name: "", text: "", strict: "", description: "" },
    tools: "",
  };
}

/** A message that the form has fields for. `kept` is the JSON of one that it only shows. */
export const textMessage = (role, content) => ({ role, content, kept: "" });

function messageState(message) {
  if (isText(message)) return textMessage(message.role, unwindowed(message.content));
  return { ...said(message), kept: JSON.stringify(message) };
}

/** What the form says about a published version. */
export function stateOf(version) {
  return {
    name: version.name,
    message: "",
    kind: version.template === null ? "chat" : "text",
    messages: (version.messages ?? [{ role: "user", content: "" }]).map(messageState),
    template: unwindowed(version.template ?? ""),
    templateFormat: version.templateFormat,
    model: version.model,
    parameters: named(Object.entries(version.modelParameters).map(([key, value]) => [key, parameterText(value)])),
    inputs: named(Object.entries(version.inputs).map(([name, spec]) => [name, inputState(spec)])),
    responseFormat: version.responseFormat,
    schema: schemaState(version.jsonSchema ?? {}),
    tools: toolsText(version),
  };
}

function schemaState({ name, schema, strict, description }) {
  return {
    name: words(name),
    text: schema === undefined ? "" : JSON.stringify(schema, null, 2),
    strict: words(strict),
    description: unwindowed(words(description)),
  };
}

// As JSON where the bare text would be taken for JSON, or where its ends or lines could not be seen.
const JSON_LIKE = /^\s*["[]/;
const parameterText = (value) =>
  typeof value === "string" && (JSON_LIKE.test(value) || /^\s|\s$|\n/.test(value)) ? flow(value) : words(value);

function inputState(spec) {
  return {
    type: words(spec.type ?? "string"),
    description: unwindowed(words(spec.description)),
    required: !Object.hasOwn(spec, "default"),
    default: unwindowed(defaultText(spec)),
  };
}

function defaultText(spec) {
  if (!Object.hasOwn(spec, "default")) return "";
  return (spec.type ?? "string") === "string" ? words(spec.default) : flow(spec.default);
}

/** What the form says as a file, its variables by name, and [field, sentence] for all that is wrong.

    `base` is the version the form began with, or null: what was not touched keeps its exact bytes, which
    form fields do not (they know one kind of line end). */
export function fileOf(state, base, rules) {
  const problems = [];
  const found = new Fields(state, base, problems, rules);
  if (base === null) found.check("name", nameProblem(state.name, rules));
  const chat = state.kind === "chat";
  const raw = chat ? state.messages.map((item) => (item.kept ? JSON.parse(item.kept) : item)) : [];
  const parts = raw.flatMap((item) => (Array.isArray(item.content) ? item.content : []));
  const texts = chat ? raw.map((item) => textIn(item.content ?? "")) : [state.template];
  const used = found.variables(texts);
  for (const item of raw) if (PLACEHOLDER in item) used.set(item[PLACEHOLDER], MESSAGES);
  for (const part of parts) if (part.image) used.set(part.image, IMAGE);
  const calling = found.calling();
  if (!chat && Object.keys(calling).length) found.check("template", "A text prompt has no tools: keep the messages.");
  const file = {
    message: found.oneLine("message", state.message, "Say in one line why this version is needed."),
    model: found.model(),
    modelParameters: found.parameters(),
    inputs: found.inputs(used),
    messages: chat ? found.messages() : null,
    template: chat ? null : found.template(),
    templateFormat: state.templateFormat,
    responseFormat: state.responseFormat,
    jsonSchema: state.responseFormat === "json_schema" ? found.schema() : null,
    ...calling,
  };
  found.saysJson(texts);
  return { file, used, problems };
}

/** The part of a version that may change answers, in the shape it is published in. */
export function behaviourOf(version) {
  const bare = ({ description: _, ...spec }) => spec;
  return {
    inputs: named(Object.entries(version.inputs).map(([name, spec]) => [name, bare(spec)])),
    ...Object.fromEntries(COVERED.map((key) => [key, version[key]])),
    ...callingOf(version),
  };
}

// What a version says of tools; the form keeps all but the tools as it is.
const callingOf = (version) =>
  Object.fromEntries(CALLING.filter((key) => version[key] != null).map((key) => [key, version[key]]));
const CALLING = ["tools", "toolChoice", "parallelToolCalls"];
const textIn = (content) => (Array.isArray(content) ? content.map((part) => part.text ?? "").join("\n") : content);
const MESSAGES = "messages";
const IMAGE = "image";
/** Types of inputs that are no text: the form keeps them as they are. */
export const NO_TEXT = [MESSAGES, IMAGE];
const COVERED = ["jsonSchema", "messages", "model", "modelParameters", "responseFormat", "template", "templateFormat"];

/** Whether two versions would have the same digest. */
export const behavesAs = (a, b) => same(behaviourOf(a), behaviourOf(b));

/** Why a name cannot name a prompt, or an empty string. */
export function nameProblem(name, rules) {
  const hint = `Try ${suggestName(name)}.`;
  if (!name) return "Give the prompt a name, for example ticket-triage.";
  if (!new RegExp(`^(?:${rules.name})$`, "u").test(name)) {
    return `Only a-z, 0-9, '.', '_' and '-', at most 64, beginning and ending with a letter or digit. ${hint}`;
  }
  if (WINDOWS.test(name)) return `This name is reserved by Windows. ${hint}`;
  return name.includes("..") ? `Two dots in a row are not allowed. ${hint}` : "";
}

function suggestName(name) {
  const plain = name.toLowerCase().replace(/[^a-z0-9._]+/g, "-").replace(/\.{2,}/g, ".").slice(0, 64);
  const made = plain.replace(/^[-._]+|[-._]+$/g, "");
  return !made || WINDOWS.test(made) ? `my-${made || "prompt"}` : made;
}

class Fields {
  constructor(state, base, problems, rules) {
    Object.assign(this, { state, base, problems, rules });
    const texts = [...(base?.messages ?? []).filter(isText).map((item) => item.content), base?.template ?? ""];
    const about = Object.values(base?.inputs ?? {}).map((spec) => words(spec.description));
    this.exact = new Map([...about, ...texts].map((text) => [unwindowed(text), text]));
    // What is published already was looked at: a line of it only looks like a key.
    this.looked = new Set([...about, ...texts].flatMap((text) => text.split("\n")).map((line) => line.trim()));
    this.key = new RegExp(rules.key);
  }

  check(field, problem) {
    if (problem) this.problems.push([field, problem]);
  }

  text(field, text) {
    const odd = CONTROL.exec(text);
    if (odd) {
      const line = text.slice(0, odd.index).split("\n").length;
      const what = odd[0] >= "\ud800" ? "half a character" : "a control character";
      this.check(field, `Line ${line} holds ${what} (${codeOf(odd[0])}), which no file may have: take it out.`);
    }
    return this.open(field, text);
  }

  /** The text, which everybody may read once it is merged: a key of a service is refused. */
  open(field, text) {
    const found = text.split("\n").map((line) => !this.looked.has(line.trim()) && this.key.exec(line)).find(Boolean);
    if (found) this.check(field, `${found[0].slice(0, 8)}\u2026 looks like a key, and what is merged is published for good: take it out, and change the key.`);
    return text;
  }

  oneLine(field, text, missing) {
    if (!text.trim()) this.check(field, missing);
    else if (/[\r\n]/.test(text)) this.check(field, "One line only.");
    else if ([...text].length > this.rules.line) this.check(field, `At most ${this.rules.line} characters.`);
    return this.text(field, text);
  }

  variables(texts) {
    const { state } = this;
    if (state.templateFormat === "jinja2") return new Map(Object.keys(state.inputs).map((name) => [name, "string"]));
    texts.forEach((text, index) => {
      const field = state.kind === "chat" ? `messages.${index}.content` : "template";
      this.check(field, [...templateProblems(text), openBraces(text)].filter(Boolean).join(" "));
    });
    return variables(texts);
  }

  model() {
    const { model } = this.state;
    if (!new RegExp(this.rules.model, "u").test(model) || model.length > 200) {
      this.check("model", "A provider, a slash and a model, such as openai/gpt-6-luna.");
    } else this.check("model", modelProblem(model, this.rules));
    return model;
  }

  /** What it says of tools: what was not touched is kept as it is, and without tools nothing of them is left. */
  calling() {
    const before = callingOf(this.base ?? {});
    const { tools: text } = this.state;
    if (text === toolsText(this.base)) return before;
    if (!text.trim()) return {};
    const tools = this.json("tools", text);
    if (tools === undefined) return before;
    this.check("tools", [...toolsProblems(tools, before.toolChoice)].join(" "));
    return { ...before, tools };
  }

  saysJson(texts) {
    const { responseFormat, model } = this.state;
    if (responseFormat !== "json_object" || this.rules.standIns.some((head) => model.startsWith(head))) return;
    if (texts.some((text) => text.toLowerCase().includes("json"))) return;
    this.check("responseFormat", "Say in the text that the answer is JSON: providers refuse the call without the word.");
  }

  parameters() {
    const made = [];
    for (const rule of this.rules.parameters) {
      const text = this.state.parameters[rule.name] ?? "";
      if (text === "") continue;
      const [value, problem] = parameter(rule, text);
      this.check(`parameters.${rule.name}`, problem);
      made.push([rule.name, typeof value === "string" ? this.text(`parameters.${rule.name}`, value) : value]);
    }
    return Object.fromEntries(made);
  }

  inputs(used) {
    // In the order of the version before, so that a diff of the files shows what changed and no more.
    const order = [...Object.keys(this.base?.inputs ?? {}), ...used.keys()];
    const names = [...new Set(order)].filter((name) => used.has(name));
    const own = (name) => this.input(name, this.state.inputs[name] ?? newInput(used.get(name)));
    return named(names.map((name) => [name, NO_TEXT.includes(used.get(name)) ? this.base.inputs[name] : own(name)]));
  }

  input(name, given) {
    const field = `inputs.${name}`;
    const made = { type: given.type };
    const known = Object.hasOwn(TYPES, given.type);
    const before = this.base && Object.hasOwn(this.base.inputs, name) ? this.base.inputs[name] : null;
    if (!known) this.check(`${field}.type`, "Choose a type.");
    if (given.description) made.description = this.text(`${field}.description`, this.exact.get(given.description) ?? given.description);
    if (given.required) return made;
    if (before && before.type === given.type && unwindowed(defaultText(before)) === given.default) {
      return { ...made, default: before.default ?? null };
    }
    const own = `${field}.default`;
    const plain = given.type === "string" || !known;
    const value = plain ? this.text(own, given.default) : this.json(own, given.default);
    if (value !== undefined && known && !TYPES[given.type](value)) this.check(own, `This is not of the type ${given.type}.`);
    return { ...made, default: value ?? (value === null ? null : given.default) };
  }

  json(field, text) {
    this.open(field, text);
    try {
      const value = readJson(text);
      if (depth(value) > MAX_DEPTH) this.check(field, `Nested more than ${MAX_DEPTH} deep.`);
      const odd = CONTROL.exec(text + stringsOf(value));
      if (odd) this.check(field, `A text in it holds ${codeOf(odd[0])}, which no file may have.`);
      if (tooLarge(value)) this.check(field, "A number in it is beyond 2^53, where JSON's numbers lose digits: write it in quotes, or round it.");
      return value;
    } catch (error) {
      this.check(field, `This is not JSON that can be kept: ${error.message}.`);
      return undefined;
    }
  }

  messages() {
    return this.state.messages.map(({ role, content, kept }, index) => {
      if (kept) return JSON.parse(kept);
      if (!this.rules.roles.includes(role)) this.check(`messages.${index}.role`, "Choose a role.");
      return { role, content: this.text(`messages.${index}.content`, this.exact.get(content) ?? content) };
    });
  }

  template() {
    if (!this.state.template) this.check("template", "Write the text of the prompt.");
    return this.text("template", this.exact.get(this.state.template) ?? this.state.template);
  }

  schema() {
    const { name, text, strict, description } = this.state.schema;
    if (!name) this.check("schema.name", "Give the schema a name for the provider, such as answer.");
    else this.check("schema.name", schemaNameProblem(name));
    const value = this.json("schema.text", text);
    if (value !== undefined && !TYPES.object(value)) this.check("schema.text", "A JSON Schema is an object: {\u2026}.");
    else if (value !== undefined) this.check("schema.text", schemaProblems(value, strict === "true").join(" "));
    // What was not touched keeps its exact bytes.
    if (this.base?.jsonSchema && same(this.state.schema, schemaState(this.base.jsonSchema))) return this.base.jsonSchema;
    const made = { name: this.text("schema.name", name), schema: value ?? {} };
    if (strict) made.strict = strict === "true";
    if (description) made.description = this.text("schema.description", description);
    return made;
  }
}

/** What the form holds for a variable that has just been written. */
export const newInput = (type) => ({ type, description: "", required: true, default: "" });

function parameter(rule, text) {
  if (rule.kind === "choice") return [text, rule.choices.includes(text) ? "" : `One of ${rule.choices.join(", ")}.`];
  if (rule.kind === "texts") return stopTexts(rule, text);
  const value = NUMBER.test(text.trim()) ? Number(text) : NaN;
  const whole = rule.kind === "integer";
  const [least, most] = [rule.minimum ?? -Infinity, rule.maximum ?? Infinity];
  if (value >= least && value <= most && (!whole || Number.isSafeInteger(value))) return [value, ""];
  const between = rule.maximum === undefined ? (rule.minimum === undefined ? "" : ` from ${least}`) : ` from ${least} to ${most}`;
  return [text, `A ${whole ? "whole number" : "number"}${between}.`];
}

function stopTexts(rule, text) {
  if (!JSON_LIKE.test(text)) return [text, ""];
  try {
    const value = readJson(text);
    const all = Array.isArray(value) ? value : [value];
    if (all.length <= rule.most && all.every((item) => typeof item === "string" && item && !CONTROL.test(item))) return [value, ""];
  } catch {
    // Said below, in the same words.
  }
  return [text, `A text, or up to ${rule.most} texts as JSON: ["END", "\\n\\n"].`];
}

const depth = (value) =>
  value !== null && typeof value === "object" ? 1 + Math.max(0, ...Object.values(value).map(depth)) : 0;

const stringsOf = (value) =>
  typeof value === "string"
    ? value
    : value !== null && typeof value === "object"
      ? Object.entries(value).flat().map(stringsOf).join(" ")
      : "";
