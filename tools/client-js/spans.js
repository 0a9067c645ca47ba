// Attributes of an OpenTelemetry span that lead from an answer back to the version; spans.d.ts documents it.
import { json } from "@cuebook/client";

export const spanAttributes = ({ name, version, digest, source, alias, arm }, variables = {}) => ({
  "gen_ai.prompt.name": name, "gen_ai.prompt.version": `${version}`, "cuebook.prompt.digest": digest, "cuebook.prompt.source": source,
  ...(alias && { "cuebook.prompt.alias": alias }), ...(arm && { "cuebook.prompt.arm": arm }),
  ...Object.fromEntries(Object.entries(variables).map(([key, value]) => [`gen_ai.prompt.variable.${key}`, typeof value === "string" ? value : json(value, " ")])),
});
