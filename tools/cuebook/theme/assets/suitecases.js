// The cases that a prompt's suites asked, as far as they are published: to fill the preview with, and to see
// whether a new variable would have a value.

import { flow } from "./promptfile.js";
import { newInput } from "./promptform.js";
import { brief, liveOf, verdictOf } from "./parts.js";

const order = new Intl.Collator("en", { numeric: true });

/** Every published case of a prompt: {id, suite, inputs, expectations, answer, by}, `by` a version's number. */
export async function casesOf(prompt) {
  const found = await Promise.all(sources(prompt).map((entry) => asked(prompt, entry)));
  return found.flat();
}

async function asked(prompt, entry) {
  const { cases } = await verdictOf(prompt.name, entry);
  const live = liveOf(prompt);
  const before = entry.version !== live && entry.baseline === live;
  const made = cases.map((one) => [one.id, {
    id: one.id,
    suite: entry.suite,
    inputs: { ...one.inputs, ...one.turns?.[0]?.inputs }, // of a dialogue what the version is asked first
    expectations: one.expectations,
    answer: before ? one.baseline : one.candidate,
    by: before ? live : entry.version,
  }]);
  return [...new Map(made).values()].sort((a, b) => order.compare(a.id, b.id));
}

// Of each suite the verdict whose cases are the dataset of today: about the live version, else the newest.
function sources(prompt) {
  const live = liveOf(prompt);
  const ranked = [...prompt.evaluations].sort((a, b) => (b.version === live) - (a.version === live) || b.version - a.version);
  return [...new Set(prompt.evaluations.map((entry) => entry.suite))].map((suite) => ranked.find((entry) => entry.suite === suite));
}

/** What a case is called: its id, and its shortest text, which says most in a line. */
export function caseName({ id, inputs }) {
  const texts = Object.values(inputs).map(textOf).filter((text) => text.trim());
  const [first] = texts.sort((a, b) => a.length - b.length);
  return first ? `${id} \u00b7 ${brief(first)}` : id;
}

/** A value of a case as text. */
export const textOf = (value) => (typeof value === "string" ? value : flow(value));

/** Variables that an app must give and the version the text began with does not ask for. */
export function newlyAsked({ state, base, made }) {
  if (!base) return [];
  const before = (name) => Object.hasOwn(base.inputs, name) && !Object.hasOwn(base.inputs[name], "default");
  return [...made.used].filter(([name, type]) => (state.inputs[name] ?? newInput(type)).required && !before(name)).map(([name]) => name);
}

/** [field, sentence] for each of them that cases do not fill, which `cuebook check` refuses. */
export function unfilled(form) {
  const { cases, trusted } = form;
  if (!cases?.length) return [];
  return newlyAsked(form).filter((name) => !trusted.has(name)).flatMap((name) => {
    for (const [suite, all] of bySuite(cases)) {
      const without = all.filter((one) => !Object.hasOwn(one.inputs, name));
      if (without.length) return [[`inputs.${name}.required`, sentence(name, suite, without, all)]];
    }
    return [];
  });
}

function bySuite(cases) {
  const found = new Map();
  for (const one of cases) found.set(one.suite, [...(found.get(one.suite) ?? []), one]);
  return found;
}

function sentence(name, suite, without, all) {
  const some = `Case ${without[0].id}${without.length > 1 ? ` and ${without.length - 1} more` : ""} of suite ${suite} do${without.length > 1 ? "" : "es"} not fill {{${name}}}`;
  const none = `No case of suite ${suite} fills {{${name}}}`;
  return `${without.length === all.length ? none : some}, so check would refuse this version.`;
}
