// The request that the gate sent, and attributes for traces: importing this gives every Prompt both methods.
import { called, edit, json, Prompt, text, wire } from "./core.js";

// What providers call a version's settings, as in tools/cuebook/data/providers.toml. C call the longest answer
// max_completion_tokens, M max_tokens.
const C = /^(openai|openrouter|groq|xai|cerebras|gemini)$/;
const M = /^(mistral|deepseek|together_ai|fireworks_ai|nvidia_nim|huggingface|ollama(_chat)?|lm_studio)$/;
const EXTRA = { openrouter: { provider: { require_parameters: true } }, fireworks_ai: { context_length_exceeded_behavior: "error" } };
const NONE = { deepseek: { thinking: { type: "disabled" } }, together_ai: { reasoning: { enabled: false } } };

Prompt.prototype.toOpenAI = function (values = {}, options) {
  const [name, usual] = wire(this.model), row = this.wireLike ?? usual, call = { ...EXTRA[row] };
  const most = C.test(row) ? "max_completion_tokens" : M.test(row) && "max_tokens";
  for (const [k, v] of Object.entries(this.modelParameters)) {
    if (k === "reasoningEffort" && v === "none" && NONE[row]) Object.assign(call, NONE[row]);
    else if (v !== null) call[/^max/.test(k) && most || (k === "seed" && row === "mistral" ? "random_seed" : k.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`))] = v;
  }
  const { responseFormat: type, jsonSchema, tools, toolChoice, parallelToolCalls } = this, said = this.format(values, options);
  if (type !== "text") call.response_format = { type, ...(jsonSchema && { json_schema: jsonSchema }) };
  if (tools) call.tools = tools.map(called);
  if (toolChoice) call.tool_choice = text(toolChoice) ? toolChoice : called(toolChoice);
  if (parallelToolCalls != null) call.parallel_tool_calls = parallelToolCalls;
  return { model: this.wireModel ?? name, messages: text(said) ? [{ role: "user", content: said }] : said, ...call };
};

Prompt.prototype.spanAttributes = function (variables = {}) {
  const { name, version, digest, source, alias, arm } = this;
  return {
    "gen_ai.prompt.name": name, "gen_ai.prompt.version": `${version}`, "cuebook.prompt.digest": digest, "cuebook.prompt.source": source,
    ...(alias && { "cuebook.prompt.alias": alias }), ...(arm && { "cuebook.prompt.arm": arm }),
    ...edit(variables, ([k, v]) => [`gen_ai.prompt.variable.${k}`, text(v) ? v : json(v, " ")]),
  };
};
