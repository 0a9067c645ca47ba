// The tools of a version in the form: JSON as the file has them, with what `cuebook check` would refuse.

import { schemaProblems } from "./newversion.js";

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const MOST = 128;
const KEYS = ["name", "description", "parameters", "strict"];
const ELSEWHERE = { inputSchema: "MCP", input_schema: "Anthropic" };
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** The tools of a version as the form shows them; empty where it has none. */
export const toolsText = (version) => (version?.tools ? JSON.stringify(version.tools, null, 2) : "");

/** What is wrong with the tools of a new version, as sentences; `choice` is the tool that must be called, if one must. */
export function* toolsProblems(tools, choice) {
  if (!Array.isArray(tools) || !tools.length || tools.length > MOST) {
    yield `Tools are a list of 1 to ${MOST}: [{"name": "look_up", "description": "\u2026", "parameters": {"type": "object"}}].`;
    return;
  }
  for (const [at, tool] of tools.entries()) yield* toolProblems(tool, `Tool ${at + 1}`);
  const names = tools.map((tool) => tool?.name).filter((name) => typeof name === "string");
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) yield `Two tools are called ${twice}: a call would name both.`;
  if (isObject(choice) && !names.includes(choice.name)) yield `toolChoice asks for ${choice.name}, and no tool has that name.`;
}

function* toolProblems(tool, where) {
  if (!isObject(tool)) {
    yield `${where}: a tool is an object with a name.`;
    return;
  }
  if (isObject(tool.function)) {
    yield `${where} is written as OpenAI's API takes it: keep what is below function.`;
    return;
  }
  const other = Object.keys(tool).find((key) => Object.hasOwn(ELSEWHERE, key));
  if (other) {
    yield `${where} is written as for ${ELSEWHERE[other]}: call ${other} parameters.`;
    return;
  }
  const strange = Object.keys(tool).filter((key) => !KEYS.includes(key));
  if (strange.length) yield `${where}: a tool has no ${strange.join(", ")}; it has ${KEYS.join(", ")}.`;
  if (typeof tool.name !== "string" || !NAME.test(tool.name)) yield `${where}: its name is up to 64 letters, digits, _ and -.`;
  if (tool.description != null && typeof tool.description !== "string") yield `${where}: its description is a text.`;
  if (tool.strict != null && typeof tool.strict !== "boolean") yield `${where}: strict is true or false.`;
  yield* parameterProblems(tool, where);
}

function* parameterProblems({ parameters, strict }, where) {
  if (parameters == null) {
    if (strict === true) yield `${where}: strict needs parameters.`;
  } else if (!isObject(parameters)) yield `${where}: its parameters are a JSON Schema of an object.`;
  else if (parameters.type !== "object") yield `${where}: the parameters of a tool are an object: write "type": "object" at their top.`;
  else for (const problem of schemaProblems(parameters, strict === true)) yield `${where}: ${problem}`;
}
