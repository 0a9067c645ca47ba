// Tools and messages of two versions compared as tools/cuebook/registry/tool_diff.py and core/chat.py do it.
// A test holds them together, so whoever changes one changes the other.

export const PLACEHOLDER = "placeholder";
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** JSON in one form only: sorted keys, no spaces. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

const alike = (a, b) => canonical(a ?? null) === canonical(b ?? null);

/** The keys of two maps, those of the first one first. */
export const bothKeys = (a, b) => [...new Set([...a.keys(), ...b.keys()])];

/** Whether a message is a role and a text, and no more. */
export const isText = (message) => Object.keys(message).length === 2 && "role" in message && typeof message.content === "string";

/** Whether a version says more than readers of the first number of its format can use. */
export function needsSecond(side) {
  const calling = ["tools", "toolChoice", "parallelToolCalls"].some((key) => side[key] != null);
  return calling || !(side.messages ?? []).every(isText);
}

/** What a message is, by one word as its role, and all that it says as text. */
export function said(message) {
  if (PLACEHOLDER in message) return { role: PLACEHOLDER, content: message[PLACEHOLDER] };
  const lines = Array.isArray(message.content) ? message.content.map(partSaid) : [message.content];
  if ("toolCallId" in message) lines.unshift(`result of ${message.toolCallId}:`);
  for (const call of message.toolCalls ?? []) lines.push(`calls ${call.name} ${canonical(call.arguments)} as ${call.id}`);
  return { role: message.role, content: lines.filter(Boolean).join("\n") };
}

function partSaid(part) {
  if ("text" in part) return part.text;
  const which = part.image ? `image ${part.image}` : fixed(part.url);
  return part.detail ? `[${which}, detail ${part.detail}]` : `[${which}]`;
}

const fixed = (url) => `${url.replace(/^data:/, "").split(";")[0]}, ${url.length} characters, ending in ${url.slice(-16)}`;

const byName = (side) => new Map((side.tools ?? []).map((tool) => [tool.name, tool]));

/** What is said of each tool and of its parameters. */
export const toolTexts = (side) => new Map([...byName(side)].map(([name, tool]) => [name, textOf(tool)]));

function textOf(tool) {
  const lines = [...parameters(tool)].filter(([, one]) => one.description).map(([name, one]) => `${name}: ${one.description}`);
  return [tool.description ?? "", ...lines].filter(Boolean).join("\n");
}

function parameters(tool) {
  return new Map(parametersOf(tool.parameters ?? {}, ""));
}

function parametersOf(schema, before) {
  const needed = schema.required ?? [];
  return [...described(schema)].flatMap(([name, part]) => {
    const path = `${before}${name}`;
    const inner = isObject(part.items) ? parametersOf(part.items, `${path}[].`) : [];
    return [[path, parameterOf(part, needed.includes(name))], ...parametersOf(part, `${path}.`), ...inner];
  });
}

const described = (schema) => new Map(Object.entries(schema.properties ?? {}).filter(([, part]) => isObject(part)));

function parameterOf(part, required) {
  const values = Array.isArray(part.enum) ? part.enum.map(canonical) : null;
  return { type: typeOf(part), required, values, description: String(part.description ?? "") };
}

function typeOf(part) {
  const kind = part.type;
  if (Array.isArray(kind)) return oneOf(kind);
  if (typeof kind === "string") return kind === "array" && isObject(part.items) ? `array of ${typeOf(part.items)}` : kind;
  if (Array.isArray(part.anyOf)) return oneOf(part.anyOf.filter(isObject).map(typeOf));
  return String(part.$ref ?? "any");
}

function oneOf(kinds) {
  return kinds.length > 1 ? `${kinds.slice(0, -1).join(", ")} or ${kinds.at(-1)}` : kinds.join("");
}

function shown(one) {
  return `${one.type}, ${one.required ? "required" : "optional"}${one.values ? `, one of ${one.values.join(", ")}` : ""}`;
}

/** The tools of a version and their parameters, as [path, words] pairs for a table. */
export const toolRows = (side) => [...byName(side)].flatMap(([name, one]) => [
  [`tools.${name}`, one.description ?? "not described"],
  ...[...parameters(one)].map(([path, parameter]) => [`tools.${name}.${path}`, shown(parameter)]),
]);

/** Everything that two versions say differently of tools; each [kind, path, old, new]. */
export function toolChanges(old, fresh) {
  const [before, after] = [byName(old), byName(fresh)];
  const renamed = renames(before, after);
  const found = [...before.keys()].filter((name) => !after.has(name) && !renamed.has(name))
    .map((name) => ["tool-removed", `tools.${name}`, name, null]);
  for (const [one, other] of renamed) {
    found.push(["tool-renamed", `tools.${one}`, one, other]);
    if (!alike({ ...before.get(one), name: other }, after.get(other))) found.push(...tool(`tools.${other}`, before.get(one), after.get(other)));
  }
  const taken = new Set(renamed.values());
  const came = [...after.keys()].filter((name) => !before.has(name) && !taken.has(name));
  came.forEach((name, at) => found.push([before.size || at ? "tool-added" : "tools-first", `tools.${name}`, null, name]));
  for (const [name, one] of before) {
    if (after.has(name) && !alike(one, after.get(name))) found.push(...tool(`tools.${name}`, one, after.get(name)));
  }
  const kept = [before, after].map((side) => [...side.keys()].filter((name) => before.has(name) && after.has(name)).join(", "));
  if (kept[0] !== kept[1]) found.push(["tool-order", "tools", ...kept]);
  for (const [kind, key] of [["tool-choice", "toolChoice"], ["parallel-calls", "parallelToolCalls"]]) {
    const values = [old, fresh].map((side) => (isObject(side[key]) ? side[key].name : side[key] ?? null));
    if (values[0] !== values[1]) found.push([kind, key, ...values]);
  }
  return found;
}

function renames(before, after) {
  const came = [...after.keys()].filter((name) => !before.has(name));
  const found = new Map();
  for (const [name, one] of before) {
    if (after.has(name) || !Object.keys(one.parameters ?? {}).length) continue;
    const at = came.findIndex((other) => alike(after.get(other).parameters, one.parameters));
    if (at >= 0) found.set(name, ...came.splice(at, 1));
  }
  return found;
}

function tool(path, old, fresh) {
  const [a, b] = [parameters(old), parameters(fresh)];
  const found = bothKeys(a, b).flatMap((name) => parameterChanges(`${path}.${name}`, a.get(name), b.get(name)));
  const differs = [...a.keys()].some((name) => b.has(name) && a.get(name).description !== b.get(name).description);
  if (differs || (old.description ?? null) !== (fresh.description ?? null)) {
    found.push(["tool-description", path, textOf(old), textOf(fresh)]);
  }
  const schemas = [old, fresh].map((one) => one.parameters ?? {});
  if (!found.length || (old.strict ?? null) !== (fresh.strict ?? null) || saysElse(...schemas)) {
    found.push(["tool-schema", path, null, null]);
  }
  return found;
}

function saysElse(old, fresh, told = []) {
  const parts = [old, fresh].map(described);
  const items = [old.items ?? null, fresh.items ?? null];
  const rest = [old, fresh].map((schema) => restOf(schema, told));
  if (items.every(isObject)) {
    const kinds = items.map(typeOf);
    if (saysElse(...items, kinds[0] === kinds[1] ? [] : ["type"])) return true;
  } else {
    rest.forEach((one, at) => one.push(items[at]));
  }
  const names = [old, fresh].map((schema) => [...new Set(schema.required ?? [])].filter((name) => !parts.some((part) => part.has(name))).sort());
  if (canonical([rest[0], names[0]]) !== canonical([rest[1], names[1]])) return true;
  return [...parts[0]].some(([name, one]) => parts[1].has(name) && saysElse(one, parts[1].get(name), toldOf(one, parts[1].get(name))));
}

function restOf(schema, told) {
  const others = Object.entries(schema.properties ?? {}).filter(([, part]) => !isObject(part));
  const skip = ["properties", "required", "items", ...told];
  return [Object.fromEntries(Object.entries(schema).filter(([key]) => !skip.includes(key))), Object.fromEntries(others)];
}

function toldOf(old, fresh) {
  const [one, other] = [old, fresh].map((part) => parameterOf(part, true));
  const values = [one, other].map((each) => (each.values ? [...new Set(each.values)].sort() : null));
  return ["type", "enum", "description"].filter((key) => (key === "enum" ? !alike(...values) : one[key] !== other[key]));
}

function parameterChanges(place, old, fresh) {
  if (!old) return [["tool-parameter-added", place, null, shown(fresh)]];
  if (!fresh) return [[old.required ? "tool-parameter-removed" : "tool-parameter-unused", place, shown(old), null]];
  const found = [];
  const lacks = (some, others) => some.filter((value) => !others.includes(value));
  if (old.type !== fresh.type) found.push(["tool-parameter-type", place, old.type, fresh.type]);
  if (old.required !== fresh.required) found.push([`tool-parameter-${old.required ? "optional" : "required"}`, place, null, null]);
  const more = old.values ? (fresh.values ? lacks(fresh.values, old.values) : ["any value"]) : [];
  const fewer = fresh.values ? (old.values ? lacks(old.values, fresh.values) : ["any value"]) : [];
  if (more.length) found.push(["tool-values-added", place, null, more.join(", ")]);
  if (fewer.length) found.push(["tool-values-removed", place, fewer.join(", "), null]);
  return found;
}
