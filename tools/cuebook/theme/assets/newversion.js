// What `cuebook check` refuses in a version that is new, as far as a browser can tell; the same cases are asked
// of both in tests. It leaves to the check: jinja2 templates, whether a JSON Schema is one, what a model takes.

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
  return [...uncounted(schema), ...(strict ? strictProblems(schema, []) : [])];
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
