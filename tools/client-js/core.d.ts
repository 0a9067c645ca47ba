// As index.d.ts, without what more.js adds: loadPrompt and format in 4 KB.
import { Prompt as Whole, type ClientOptions, type loadPrompt as load, type LoadOptions } from "./index.js";
export { CuebookError, DigestMismatch, MalformedRef, RegistryUnreachable, RenderError, UnknownAlias, UnknownPrompt, UnknownVersion, UsageError } from "./index.js";
export type * from "./index.js";

export type Prompt = Omit<Whole, "toOpenAI" | "spanAttributes">;
export declare const Prompt: new (...given: ConstructorParameters<typeof Whole>) => Prompt;
export declare class Client {
  constructor(options?: ClientOptions);
  load(ref: string, options?: LoadOptions): Promise<Prompt>;
}
export declare function loadPrompt(...given: Parameters<typeof load>): Promise<Prompt>;
