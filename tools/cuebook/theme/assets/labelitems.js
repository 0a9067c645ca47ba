// The answers of a verdict to be labelled, in the order that judging/draw.py has, and the lines that labels become.

import { sha256 } from "./sha256.js";

const SIDES = ["candidate", "baseline"];

/** What the draw of a verdict depends on. */
export const keyOf = ({ digests }) => [digests.candidate, digests.baseline ?? "", digests.dataset].join("\n");

/** The answers that the judge behind `label` scored: {id, of, one, answer}, both arms mixed. No score goes along. */
export function drawn(verdict, label) {
  const name = `${verdict.prompt}/${verdict.candidate.version}/${verdict.suite}`;
  const seen = new Set();
  const found = [];
  for (const one of verdict.cases) {
    if (seen.has(one.id)) continue;
    seen.add(one.id);
    for (const side of SIDES) {
      const answer = one[side];
      if (!answer || answer.text === null || answer.scores?.[label]?.state !== "measured") continue;
      const id = sha256(["cuebook-label/1", keyOf(verdict), one.id, side].join("\n")).slice(0, 12);
      const { text, tool_calls: calls = [], dialogue = [] } = answer;
      found.push({ id, of: `${name} ${one.id} ${side}`, inputs: one.inputs, expectations: one.expectations, answer: { text, calls, dialogue } });
    }
  }
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

// Keys in their order, as the published words of an answer have them: labels are matched to it by what it says.
const canonical = (value) =>
  (Array.isArray(value)
    ? `[${value.map(canonical).join(",")}]`
    : value && typeof value === "object"
      ? `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`
      : JSON.stringify(value));

const callSaid = ({ name, arguments: given, raw }) => `calls ${name || "no tool"} ${given === null || given === undefined ? (raw ?? "") : canonical(given)}`;

/** All that an answer says: its text, then each call on a line of its own. */
export const said = ({ text, calls }) => [text, calls.map(callSaid).join("\n")].filter(Boolean).join("\n");

/** A dialogue as [who, what] pairs; empty where the answer is no dialogue. */
export function talk({ dialogue }) {
  return dialogue.flatMap((message) => {
    const content = typeof message.content === "string" ? message.content : message.content ? JSON.stringify(message.content) : "";
    const calls = (message.tool_calls ?? []).map((call) => [`${message.role} calls ${call.function?.name ?? call.name ?? "no tool"}`, call.function?.arguments ?? JSON.stringify(call.arguments ?? {})]);
    return content || !calls.length ? [[message.role, content], ...calls] : calls;
  });
}

/** What a judge is given of an item, by its variables; those that nothing fills are left out. */
export function given(item, judge) {
  const beside = { answer: said(item.answer) };
  const lines = talk(item.answer);
  beside.transcript = (lines.length ? lines : [["assistant", beside.answer]]).map((pair) => `[${pair[0]}]\n${pair[1]}`).join("\n");
  beside.tool_calls = item.answer.calls.map(callSaid).join("\n");
  const from = { inputs: item.inputs, expectations: item.expectations };
  const found = {};
  for (const name of judge.variables) {
    const source = judge.sources[name];
    let value;
    if (name === "answer") value = beside.answer;
    else if (typeof source === "string") value = source.split(".").reduce((inside, step) => inside?.[step], from);
    else if (source) value = source.text;
    else value = item.inputs[name] ?? item.expectations[name] ?? beside[name];
    if (value !== undefined && value !== null) found[name] = value;
  }
  return found;
}

/** The lines of a labels file: one a label, in the order of the draw. */
export function linesOf(items, labels, judge, handle) {
  return items.filter((item) => labels.has(item.id)).map((item) => {
    const { label, note } = labels.get(item.id);
    const line = { id: `${item.id}-${handle}`, inputs: given(item, judge), label, by: handle, of: item.of };
    return `${JSON.stringify(note ? { ...line, note } : line)}\n`;
  }).join("");
}
