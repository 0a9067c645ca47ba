import type { Prompt, Values } from "@cuebook/client";

/**
 * What `generateText` and `streamText` of the package `ai` (version 7) take beside the model:
 * `generateText({ model: openai.chat("gpt-6-luna"), ...toAISDK(prompt, values) })`.
 *
 * Leading messages of the system or a developer are `instructions`, one each. `execute` has the app's own functions
 * by the names of tools; without one a call is handed back. What only OpenAI's provider knows is in
 * `providerOptions.openai`, and refused for a model of another. Look at `warnings` of the result: a provider leaves out what
 * it thinks that its model does not take. Throws RenderError, and UsageError for what the AI SDK has no place for.
 */
export function toAISDK(
  prompt: Prompt,
  values?: Values,
  options?: { execute?: Record<string, (input: any) => unknown> },
): Record<string, any>;
