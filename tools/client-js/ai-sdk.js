// A prompt for Vercel's AI SDK, version 7: what generateText and streamText take beside the model.
import { jsonSchema, Output, tool } from "ai";
import { UsageError } from "@cuebook/client";

const NAMES = {
  max_completion_tokens: "maxOutputTokens", max_tokens: "maxOutputTokens", temperature: "temperature", top_p: "topP", top_k: "topK",
  seed: "seed", random_seed: "seed", frequency_penalty: "frequencyPenalty", presence_penalty: "presencePenalty", reasoning_effort: "reasoning",
};
const refuse = (what) => {
  throw new UsageError(`${what}, for which the AI SDK has no place`, "take it out, or send what toOpenAI gives");
};
const only = (found, known, where) => {
  const more = Object.keys(found).filter((key) => !known.includes(key) && found[key] != null);
  if (more.length) refuse(`${where} has ${more.join(", ")}`);
};

const partOf = (part, where) => {
  if (part.type !== "image_url") {
    only(part, ["type", "text"], where);
    return { type: "text", text: part.text };
  }
  const { url, detail } = part.image_url;
  const mediaType = /^data:([^;]+);base64,/.exec(url)?.[1] ?? "image/*";
  return { type: "file", mediaType, data: url.startsWith("data:") ? url.slice(url.indexOf(",") + 1) : new URL(url), ...(detail && { providerOptions: { openai: { imageDetail: detail } } }) };
};

const messageOf = (message, place, names) => {
  const where = `messages[${place}]`, { role, content, tool_calls: calls = [], tool_call_id: id } = message;
  only(message, ["role", "content", "tool_calls", "tool_call_id"], where);
  const text = (said) => typeof said === "string" ? said : refuse(`${where} has parts`);
  if (role === "tool") return { role, content: [{ type: "tool-result", toolCallId: id, toolName: names.get(id), output: { type: "text", value: text(content) } }] };
  if (role === "user") return { role, content: typeof content === "string" ? content : content.map((part) => partOf(part, where)) };
  if (role !== "assistant") return { role: "system", content: text(content) };
  const parts = content ? [{ type: "text", text: text(content) }] : [];
  for (const { id: toolCallId, function: { name: toolName, arguments: given } } of calls) {
    names.set(toolCallId, toolName);
    parts.push({ type: "tool-call", toolCallId, toolName, input: JSON.parse(given) });
  }
  return { role, content: parts };
};

export const toAISDK = (prompt, values = {}, { execute = {} } = {}) => {
  const { model, messages: sent, tools, tool_choice: choice, response_format: format, stop, verbosity, parallel_tool_calls: parallel, ...rest } = prompt.toOpenAI(values);
  const names = new Map(), all = sent.map((message, place) => messageOf(message, place, names));
  const first = all.findIndex((message) => message.role !== "system"), from = first < 0 ? all.length : first;
  const made = { messages: all.slice(from) }, openai = {};
  if (from) made.instructions = all.slice(0, from);
  if (made.messages.some((message) => message.role === "system")) made.allowSystemInMessages = true;
  for (const key of Object.keys(rest)) {
    if (!NAMES[key]) refuse(`${prompt.ref} sets ${key}`);
    made[NAMES[key]] = rest[key];
  }
  if (stop) made.stopSequences = [stop].flat();
  if (verbosity) openai.textVerbosity = verbosity;
  if (parallel !== undefined) openai.parallelToolCalls = parallel;
  if (format?.type === "json_object") made.output = Output.json();
  if (format?.type === "json_schema") {
    const { name, description, schema, strict = false } = format.json_schema;
    made.output = Output.object({ name, description, schema: jsonSchema(schema) });
    openai.strictJsonSchema = strict;
  }
  if (tools) {
    made.tools = Object.fromEntries(tools.map(({ function: { name, description, parameters = { type: "object", properties: {} }, strict } }) => [
      name, tool({ description, inputSchema: jsonSchema(parameters), ...(strict !== undefined && { strict }), ...(execute[name] && { execute: execute[name] }) }),
    ]));
  }
  if (choice) made.toolChoice = typeof choice === "string" ? choice : { type: "tool", toolName: choice.function.name };
  if (Object.keys(openai).length) {
    if (!prompt.model.startsWith("openai/") && !prompt.wireLike) refuse(`${prompt.ref} sets ${Object.keys(openai).join(", ")} for a model that is not OpenAI's`);
    made.providerOptions = { openai };
  }
  return made;
};
