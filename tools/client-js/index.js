// The whole client: what core.js has, with toOpenAI and spanAttributes.
import "./more.js";
export { Client, CuebookError, DigestMismatch, loadPrompt, MalformedRef, Prompt, RegistryUnreachable, RenderError, UnknownAlias, UnknownPrompt, UnknownVersion, UsageError } from "./core.js";
