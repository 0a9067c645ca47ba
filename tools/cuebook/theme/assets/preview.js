// The text as a model gets it, filled with the values of a case of the dataset or with values typed here.

import { drawSamples } from "./fields.js";
import { at, fill, h, kept, options, verdictOf } from "./parts.js";
import { filled, flow } from "./promptfile.js";
import { newInput } from "./promptform.js";

const OWN = ["", "values of your own"];

/** Draw the preview; the first time for a prompt, fetch the cases to fill it with. */
export function drawPreview(form) {
  if (!form.cases) loadCases(form);
  const { state, made } = form;
  const names = [...made.used.keys()].join();
  if (at("samples").dataset.names !== names) drawValues(form);
  const texts = state.kind === "chat" ? state.messages : [{ role: "text", content: state.template }];
  const values = sampleValues(form);
  const loops = state.templateFormat === "jinja2";
  fill(
    at("preview"),
    loops && h("p", { class: "cb-sub" }, "Loops and conditions are shown as written."),
    texts.map(({ role, content }) =>
      h("section", { class: "cb-message" }, h("h3", { class: "cb-role" }, kept(role)), h("pre", { class: "cb-text" }, textOf(content, values)))),
  );
}

function textOf(content, values) {
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

async function loadCases(form) {
  const { prompt } = form;
  form.cases = [];
  options(at("case"), [OWN], "");
  const entry = prompt && caseSource(prompt);
  if (!entry) return;
  try {
    const { cases } = await verdictOf(prompt.name, entry);
    if (form.prompt !== prompt) return;
    const order = new Intl.Collator("en", { numeric: true });
    form.cases = [...new Map(cases.map((item) => [item.id, item.inputs]))].sort((a, b) => order.compare(a[0], b[0]));
  } catch {
    return; // Values can still be typed.
  }
  options(at("case"), [...form.cases.map(([id], index) => [index, id]), OWN], form.cases.length ? 0 : "");
  takeCase(form);
}

// The verdict whose cases are the dataset of today: about the version in production, else about the newest.
function caseSource(prompt) {
  const live = prompt.evaluations.find((entry) => entry.version === prompt.aliases.production);
  return live ?? [...prompt.evaluations].sort((a, b) => b.version - a.version)[0];
}

/** Take the values of the case that is chosen. */
export function takeCase(form) {
  const chosen = at("case").value;
  if (chosen === "") return;
  const text = (value) => (typeof value === "string" ? value : flow(value));
  form.samples = new Map(Object.entries(form.cases[Number(chosen)][1]).map(([key, value]) => [key, text(value)]));
  drawValues(form);
  drawPreview(form);
}
