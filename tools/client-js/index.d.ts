/** Base of the family; `hint` is what usually repairs it, "" where nothing does. */
export class CuebookError extends Error {
  constructor(message: string, hint?: string);
  hint?: string;
}
/** Not of the form `name/3`, `name@alias`, or the same with `prompts:/` before it. */
export class MalformedRef extends CuebookError {}
/** No prompt has this name. */
export class UnknownPrompt extends CuebookError {}
/** The prompt has no version of this number, or it was erased. */
export class UnknownVersion extends CuebookError {}
/** The prompt has no alias of this name. */
export class UnknownAlias extends CuebookError {}
/** No copy of a prompt could be had, or none that this client takes. */
export class RegistryUnreachable extends CuebookError {}
/** A prompt is not what its digest says, or not the one that was pinned. */
export class DigestMismatch extends CuebookError {}
/** Variables are missing, unknown or of the wrong type; the message names all of them. */
export class RenderError extends CuebookError {}
/** The client cannot work with what it was given. */
export class UsageError extends CuebookError {}

/** A chat message by OpenAI's names. */
export interface ChatMessage {
  role: "system" | "developer" | "user" | "assistant" | "tool";
  content: any;
  [key: string]: any;
}
/** A message of a version: a chat message with its variables, or the place of the conversation so far. */
export type PromptMessage = ChatMessage | { placeholder: string };
export interface Tool {
  name: string;
  description?: string;
  parameters?: Record<string, unknown>;
  strict?: boolean;
}
/** A prompt as it is published: the JSON of a version or alias. */
export type Artifact = Record<string, any>;
/** Values by the names of the inputs: a text, number, boolean, list, object, conversation or image (data: URL). */
export type Values = Record<string, unknown>;

export interface ClientOptions {
  /** Where prompts are published: https://, or a loopback address. Else CUEBOOK_REGISTRY. */
  registry?: string;
  /** Sent as a bearer token; no redirect is followed with one. CUEBOOK_TOKEN goes to CUEBOOK_REGISTRY only. */
  token?: string | (() => string | Promise<string>);
  /** Sent with each request, as a proxy before the registry wants them; no redirect is followed with any. */
  headers?: Record<string, string>;
  /** Copies for when the registry is unreachable: texts by address, such as a KV store of a worker. */
  cache?: { get(key: string): any; set(key: string, value: string): any };
  /** Milliseconds for which an alias is trusted; 60,000. */
  ttl?: number;
  /** Milliseconds after which a copy of an alias is too old to be served; a day. */
  maxStale?: number;
  /** Milliseconds that an answer may take; 5,000. */
  timeout?: number;
  /** The runtime's own, or one with another proxy. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Milliseconds that only ever rise. */
  now?: () => number;
}
export interface LoadOptions {
  /** Such as a user's id: gets the same version each time, where a share of units tries others. Never sent. */
  unit?: string | number;
  /** `sha256:...` from the version's page: that text and no other, also of the fallback. */
  digest?: string;
  /** A published artifact, served as a last resort. */
  fallback?: Artifact;
}

export interface FillOptions {
  /** Fills a text of a version whose `templateFormat` is `jinja2`; without it such a version is refused. */
  jinja2?: (text: string, values: Values) => string;
}

/** One version of a prompt; its fields are those of the artifact. */
export class Prompt {
  constructor(artifact: Artifact, source: Prompt["source"], age: number | null);
  readonly name: string;
  readonly version: number;
  /** `name/3`, whatever alias it was asked for by. */
  readonly ref: string;
  readonly alias?: string;
  readonly digest: string;
  /** The model's id, such as `openai/gpt-6-luna`. */
  readonly model: string;
  readonly modelParameters: Record<string, any>;
  readonly messages: PromptMessage[] | null;
  readonly template: string | null;
  readonly templateFormat: string;
  readonly inputs: Record<string, { type: string; default?: any; description?: string }>;
  readonly responseFormat: "text" | "json_object" | "json_schema";
  readonly jsonSchema: Record<string, any> | null;
  readonly tools?: Tool[];
  readonly toolChoice?: "auto" | "none" | "required" | { name: string };
  readonly parallelToolCalls?: boolean;
  /**
   * `live`, `cache`, `stale` (older, being asked for again), `disk` (from the `cache` given), `fallback`, or `use`
   * where the version that a unit is to try could not be had, and the one in use is served.
   */
  readonly source: "live" | "cache" | "stale" | "disk" | "fallback" | "use";
  /** What a unit was drawn for; absent where an alias tries nothing, and without a unit. */
  readonly arm?: "use" | "try";
  /** Milliseconds since the registry confirmed this copy, when it was loaded; null for a fallback. */
  readonly age: number | null;
  /** The text, or the chat messages, with every variable filled. Throws RenderError. */
  format(values?: Values, options?: FillOptions): any;
  /** What `chat.completions.create` of the `openai` package takes. Throws RenderError. */
  toOpenAI(values?: Values, options?: FillOptions): { model: string; messages: ChatMessage[] } & Record<string, any>;
}

/** Loads prompts from one registry and keeps copies in memory. Throws UsageError. */
export class Client {
  constructor(options?: ClientOptions);
  /** The prompt that `name/3` or `name@alias` names. Rejects with a CuebookError. */
  load(ref: string, options?: LoadOptions): Promise<Prompt>;
}

/** As `Client.load`, with one client for each set of options. */
export function loadPrompt(
  ref: string,
  options?: LoadOptions & Omit<ClientOptions, "fetch" | "now" | "token"> & { token?: string },
): Promise<Prompt>;
