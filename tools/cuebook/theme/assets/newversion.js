// What `cuebook check` refuses in a version that is new, as far as a browser can tell; the same cases are asked
// of both in tests. It leaves to the check: jinja2 templates, rarer words of a JSON Schema, what a model takes.

const SCHEMA_NAME = /^[A-Za-z0-9_-]{1,64}$/;
const UNCOUNTED = ["unevaluatedItems", "unevaluatedProperties"];

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** Braces that open and never close, as a sentence; "" where there are none. */
export function openBraces(text) {
  const end = text.lastIndexOf("}}") + 1;
  const opened = text.indexOf("{{", end);
  if (opened < 0) return "";
  const line = text.slice(0, opened).split("\n").length;
  const shown = text.slice(opened).split("\n")[0];
  return `Line ${line}: ${shown.length > 40 ? `${shown.slice(0, 37)}...` : shown} has no closing braces, so it is text: write {{name}}.`;
}

/** Why providers refuse a schema's name, or "". */
export const schemaNameProblem = (name) =>
  SCHEMA_NAME.test(name) ? "" : "Letters, digits, _ and - only, at most 64: providers refuse others.";

/** What is wrong with a JSON Schema of a new version, as sentences. */
export function schemaProblems(schema, strict) {
  return [...faults(schema), ...uncounted(schema), ...(strict ? strictProblems(schema, []) : [])];
}

const NAMES = ["array", "boolean", "integer", "null", "number", "object", "string"];
const MAPS = ["properties", "$defs", "definitions", "patternProperties"];
const ONE = ["items", "additionalProperties", "contains", "not", "if", "then", "else"];
const LISTS = ["anyOf", "oneOf", "allOf", "prefixItems"];
const texts = (value) => Array.isArray(value) && value.every((one) => typeof one === "string");
const whole = (value) => Number.isInteger(value) && value >= 0;
const each = (keys, rule) => Object.fromEntries(keys.map((key) => [key, rule]));

/** For each word of a schema whether a value can be there, and what can. */
const RULES = {
  type: [(value) => [value].flat().length > 0 && [value].flat().every((one) => NAMES.includes(one)), `one of ${NAMES.join(", ")}, or a list of them`],
  required: [(value) => texts(value) && new Set(value).size === value.length, "a list of names, each once"],
  enum: [Array.isArray, "a list"],
  pattern: [isPattern, "a regular expression"],
  $ref: [isHeld, "a place in this schema that is there, such as #/$defs/name: nothing is fetched"],
  ...each(MAPS, [isObject, "an object"]),
  ...each(LISTS, [(value) => Array.isArray(value) && value.length > 0, "a list of schemas"]),
  ...each(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"], [(value) => typeof value === "number", "a number"]),
  ...each(["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"], [whole, "a whole number, 0 or more"]),
};

function isPattern(value) {
  try {
    return typeof value === "string" && Boolean(new RegExp(value));
  } catch {
    return false;
  }
}

function isHeld(value, schema) {
  if (value === "#") return true;
  if (typeof value !== "string" || !value.startsWith("#/")) return false;
  const steps = value.slice(2).split("/").map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  // An address may spell a character as %41; whether that is there is left to the check.
  return value.includes("%") || steps.reduce((part, step) => (part && Object.hasOwn(part, step) ? part[step] : undefined), schema) !== undefined;
}

function* parts(part, place = []) {
  yield [place, part];
  if (!isObject(part)) return;
  for (const [key, inner] of Object.entries(part)) {
    if (MAPS.includes(key) && isObject(inner)) for (const [name, one] of Object.entries(inner)) yield* parts(one, [...place, key, name]);
    if (ONE.includes(key)) yield* parts(inner, [...place, key]);
    if (LISTS.includes(key) && Array.isArray(inner)) for (const [at, one] of inner.entries()) yield* parts(one, [...place, key, at]);
  }
}

function* faults(schema) {
  for (const [place, part] of parts(schema)) {
    if (!isObject(part) && typeof part !== "boolean") yield `${place.join(".")}: a schema is an object, or true or false.`;
    for (const [key, value] of Object.entries(isObject(part) ? part : {})) {
      if (Object.hasOwn(RULES, key) && !RULES[key][0](value, schema)) yield `${[...place, key].join(".")}: ${RULES[key][1]}.`;
    }
  }
}

function* uncounted(part) {
  if (isObject(part)) {
    for (const word of UNCOUNTED) {
      if (Object.hasOwn(part, word)) yield `'${word}' is not checked within a limit: write additionalProperties or items.`;
    }
  }
  for (const [name, inner] of Object.entries(part)) {
    const data = Array.isArray(inner) && (name === "enum" || name === "examples");
    if (inner !== null && typeof inner === "object" && !data) yield* uncounted(inner);
  }
}

// What providers refuse in a schema that answers must follow exactly.
function* strictProblems(part, place) {
  if (Array.isArray(part)) for (const [at, inner] of part.entries()) yield* strictProblems(inner, [...place, at]);
  if (!isObject(part)) return;
  const named = place.join(".") || "the schema";
  if (!place.length && part.type !== "object") yield "With strict, the schema must be an object: write 'type: object' at its top.";
  const types = [part.type].flat();
  if (types.includes("object") || isObject(part.properties)) {
    if (part.additionalProperties !== false) yield `With strict, ${named} needs 'additionalProperties: false'.`;
    const missing = Object.keys(part.properties ?? {}).filter((key) => !(part.required ?? []).includes(key));
    if (missing.length) yield `With strict, ${named} must require ${missing.join(", ")}.`;
  }
  for (const [key, inner] of Object.entries(part)) {
    if ((key === "properties" || key === "$defs") && isObject(inner)) {
      for (const [name, one] of Object.entries(inner)) yield* strictProblems(one, [...place, name]);
    } else if (key === "items" || key === "anyOf") yield* strictProblems(inner, [...place, key]);
  }
}

/** Whether a whole number is too large for JSON's numbers, anywhere in a value. */
export function tooLarge(value) {
  if (typeof value === "number") return Number.isInteger(value) && !Number.isSafeInteger(value);
  return value !== null && typeof value === "object" && Object.values(value).some(tooLarge);
}

/** Why nobody can be asked for a model, or an empty string: no provider has the name that its id begins with. */
export function modelProblem(model, rules) {
  const [toy, standIn] = rules.standIns;
  if (model.startsWith(toy) && !rules.toys.includes(model)) return `No toy is called ${model}: there are ${rules.toys.join(" and ")}.`;
  if (model.startsWith(toy) || model.startsWith(standIn)) return "";
  const [head] = model.split("/");
  if (rules.prefixes.includes(head)) return "";
  const near = nearest(head, [...rules.prefixes, ...Object.keys(rules.meant)]);
  if (!near && !rules.allPrefixes) return "";
  const cure = near ? `did you mean ${rules.meant[near] ?? near}/? Or` : "correct it, or";
  return `No provider is called ${head}: ${cure} have a server of your own named by [endpoints.${head}] in the settings.`;
}

/** The known word most like another, or an empty string: by the same measure as on a terminal. */
export function nearest(word, known) {
  const rated = known.map((one) => [(2 * shared(one, word)) / (one.length + word.length), one]);
  return rated.reduce((best, one) => (one[0] > best[0] || (one[0] === best[0] && one[1] > best[1]) ? one : best), [0.5, ""])[1];
}

// How many characters two words share in order: their longest common part, and so on left and right of it.
function shared(a, b) {
  let [from, to, most] = [0, 0, 0];
  for (let i = 0; i < a.length; i += 1) {
    for (let j = 0; j < b.length; j += 1) {
      let size = 0;
      while (i + size < a.length && j + size < b.length && a[i + size] === b[j + size]) size += 1;
      if (size > most) [from, to, most] = [i, j, size];
    }
  }
  return most && most + shared(a.slice(0, from), b.slice(0, to)) + shared(a.slice(from + most), b.slice(to + most));
}
