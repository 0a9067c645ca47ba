// The text as a model gets it, filled with the values of a case of the dataset or with values typed here.

import { drawSamples } from "./fields.js";
import { at, fill, h, kept, options } from "./parts.js";
import { filled } from "./promptfile.js";
import { newInput } from "./promptform.js";
import { PLACEHOLDER } from "./tooldiff.js";
import { caseName, casesOf, textOf } from "./suitecases.js";

const OWN = ["", "your own values"];

/** Draw the preview; the first time for a prompt, fetch the cases to fill it with. */
export function drawPreview(form) {
  if (!form.cases) loadCases(form);
  const { state, made } = form;
  const names = [...made.used.keys()].join();
  if (at("samples").dataset.names !== names) drawValues(form);
  const texts = state.kind === "chat" ? state.messages.map(shownMessage) : [{ role: "text", content: state.template }];
  const values = sampleValues(form);
  const loops = state.templateFormat === "jinja2";
  fill(
    at("preview"),
    loops && h("p", { class: "cb-sub" }, "Loops and conditions are shown as written."),
    texts.map(({ role, content }) =>
      h("section", { class: "cb-message" }, h("h3", { class: "cb-role" }, kept(role)), h("pre", { class: "cb-text" }, pieces(content, values)))),
    outcome(form),
  );
}

// The conversation so far is shown as the variable that it is.
const shownMessage = ({ role, content }) =>
  role === PLACEHOLDER ? { role: "the conversation so far", content: `{{${content}}}` } : { role, content };

function pieces(content, values) {
  return filled(content, values).map(([literal, place, value]) => {
    if (place === null) return kept(literal);
    const missing = h("span", { class: "cb-missing", title: "no value yet" }, `{{${place}}}`);
    return [kept(literal), value === null ? missing : h("span", { class: "cb-var", title: place }, kept(value))];
  });
}

function sampleValues({ state, made, samples }) {
  const values = new Map();
  for (const [key, type] of made.used) {
    const given = state.inputs[key] ?? newInput(type);
    const text = samples.get(key) || (given.required ? "" : given.default);
    if (text) values.set(key, given.type === "string" ? text : parsed(text));
  }
  return values;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function drawValues(form) {
  at("samples").dataset.names = [...form.made.used.keys()].join();
  drawSamples(at("samples"), form.made.used, form.samples, (key, value) => {
    form.samples.set(key, value);
    at("case").value = "";
    drawPreview(form);
  });
}

/** Fetch what the suites asked, once for a prompt; the same promise for whoever asks while it comes. */
export function loadCases(form) {
  const { prompt } = form;
  if (!form.coming) options(at("case"), [OWN], ""); // those there are of the prompt before
  form.coming ??= (prompt ? casesOf(prompt) : Promise.resolve([])).catch(() => []).then((cases) => {
    if (form.prompt !== prompt) return;
    form.cases = cases;
    options(at("case"), [...cases.map((one, index) => [index, caseName(one)]), OWN], cases.length ? 0 : "");
    takeCase(form);
  });
  return form.coming;
}

/** Take the values of the case that is chosen. */
export function takeCase(form) {
  const chosen = at("case").value;
  if (chosen === "") return;
  form.samples = new Map(Object.entries(form.cases[Number(chosen)].inputs).map(([key, value]) => [key, textOf(value)]));
  drawValues(form);
  drawPreview(form);
}

// What was expected of the case that fills the preview, and what the live version said to it.
function outcome(form) {
  const chosen = at("case").value;
  const found = chosen === "" ? null : form.cases?.[Number(chosen)];
  if (!found) return null;
  const { answer, by } = found;
  const said = [
    ...Object.entries(found.expectations).map(([name, value]) => [`Expected ${name}`, textOf(value)]),
    [`v${by} answered`, answer?.text ?? answer?.failure ?? "nothing"],
  ];
  const scores = Object.entries(answer?.scores ?? {}).filter(([, one]) => one.state === "measured");
  const marks = scores.map(([name, one]) => h("span", { class: "cb-chip" }, kept(`${name} ${Math.round(100 * one.value)}`)));
  return h(
    "dl",
    { class: "cb-outcome" },
    said.map(([name, value]) => [h("dt", {}, kept(name)), h("dd", { dir: "auto" }, kept(value))]),
    marks.length ? [h("dt", {}, "Its scores"), h("dd", { class: "cb-row" }, marks)] : null,
  );
}
