import type { Prompt, Values } from "@cuebook/client";

/** Attributes for an OpenTelemetry span. `variables` are left out unless given: traces may not hold them. */
export function spanAttributes(prompt: Prompt, variables?: Values): Record<string, string>;
