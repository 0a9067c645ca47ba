// What is known of two versions beside their words: the verdict where one was measured against the other, with
// the numbers and cases of its report, or honestly that nothing was, and the way from one to the other.
import { at, h, kept, mark, verdictOf } from "./parts.js";

const MOST = 3;
const part = encodeURIComponent;
const WORDS = JSON.parse(at("verdict").dataset.words);
const WORST = ["override", "fail", "stale", "inconclusive", "pass"];

const reportOf = (name, entry) => `reports/${part(name)}/v${entry.version}/${part(entry.suite)}.html`;
const verdictsOf = (index, number) => index.evaluations.filter((entry) => entry.version === number);

/** What is known of a version, as its chip says it everywhere. */
export function stateOf(index, number) {
  const found = verdictsOf(index, number);
  const state = WORST.find((one) => found.some((entry) => entry.state === one)) ?? "not_evaluated";
  const speaks = found.find((entry) => entry.state === state);
  const against = speaks?.baseline ? `, against v${speaks.baseline}` : "";
  return h("span", { class: `cb-badge cb-${state}` }, mark(state), `${WORDS[state]}${against}`);
}

/** The verdicts that compare exactly these two versions, whichever was the newer. */
export function between(index, a, b) {
  return index.evaluations.filter((entry) => (entry.version === b && entry.baseline === a) || (entry.version === a && entry.baseline === b));
}

/** The verdicts from one version down to the other, each against what was live at its time; and each end's own. */
export function chain(index, a, b) {
  const [low, high] = [Math.min(a, b), Math.max(a, b)];
  const found = [];
  for (let at = high; at >= low;) {
    const entries = verdictsOf(index, at);
    found.push(...entries);
    const next = Math.max(...entries.map((entry) => entry.baseline ?? 0), 0);
    at = next && next < at ? next : 0;
  }
  return [...new Set([...verdictsOf(index, low), ...found])].sort((x, y) => x.version - y.version);
}

const fetched = new Map();
async function pageAt(path) {
  const from = new URL(path, location.href);
  if (!fetched.has(path)) {
    const answer = await fetch(from);
    if (!answer.ok) throw new Error(`${path} could not be fetched: the site answered ${answer.status}`);
    fetched.set(path, new DOMParser().parseFromString(await answer.text(), "text/html"));
  }
  return { page: fetched.get(path), from };
}

// Parts of another page of this site; their links and names are put right for this one.
function taken(item, from) {
  const copy = document.importNode(item, true);
  for (const link of copy.querySelectorAll("a[href]")) link.href = new URL(link.getAttribute("href"), from).href;
  for (const named of [copy, ...copy.querySelectorAll("[id]")]) named.removeAttribute("id");
  return copy;
}

async function measured(index, entry) {
  const path = reportOf(index.name, entry);
  const { page, from } = await pageAt(path);
  const every = (css) => [...page.querySelectorAll(css)].map((item) => taken(item, from));
  return {
    said: h("div", { class: `cb-say cb-of-${entry.state}` },
      h("p", {}, mark(entry.state), " ", h("strong", {}, kept(entry.headline))),
      h("p", { class: "cb-sub" }, `v${entry.version} was measured against v${entry.baseline} on ${entry.suite}: ${entry.asked.toLocaleString("en")} of ${entry.cases.toLocaleString("en")} cases. `,
        h("a", { href: path }, "Open the report"))),
    results: every("#numbers > .cb-scroll, #numbers > .cb-key-row").slice(0, 2),
    cases: every("#cases > article.cb-case").slice(0, MOST),
    all: path.replace(/\.html$/, "/cases.html"),
  };
}

function step(index, entry) {
  const against = entry.baseline ? ` against v${entry.baseline}` : "";
  return h("li", {}, h("a", { href: reportOf(index.name, entry) }, mark(entry.state), ` v${entry.version}${against}`), ": ", kept(entry.headline));
}

function unmeasured(index, a, b) {
  const steps = chain(index, a, b);
  return h("div", { class: "cb-say cb-of-not_evaluated" },
    h("p", {}, h("strong", {}, `v${a} and v${b} were never measured against each other: nothing is known about which is better.`)),
    steps.length ? [h("p", {}, "Each was held against the version that was live at its time:"),
      h("ul", { class: "cb-chain" }, steps.map((entry) => step(index, entry)))] : null,
    h("p", {}, "To know: ", h("code", {}, `cuebook gate ${index.name}/${b} --against ${a}`)));
}

const asText = (value) => (typeof value === "string" ? value : JSON.stringify(value));
const shortest = (values) => Object.values(values).map(asText).sort((x, y) => x.length - y.length)[0] ?? "";

async function bothAnswered(index, a, b) {
  const suites = verdictsOf(index, a).map((entry) => entry.suite);
  const entry = verdictsOf(index, b).find((one) => suites.includes(one.suite));
  if (!entry) return null;
  const other = verdictsOf(index, a).find((one) => one.suite === entry.suite);
  const [old, fresh] = await Promise.all([verdictOf(index.name, other), verdictOf(index.name, entry)]);
  const known = new Map(old.cases.map((one) => [one.id, one]));
  const pairs = fresh.cases.filter((one) => known.has(one.id)).map((one) => [known.get(one.id), one]);
  return pairs.sort((x, y) => y[1].protected - x[1].protected);
}

const answer = (one) => h("td", {}, h("p", { dir: "auto" }, one.candidate.text === null ? "No answer" : kept(one.candidate.text)));

function answers(pairs, a, b) {
  const rows = pairs.slice(0, MOST).map(([old, fresh]) => h("tr", {},
    h("td", {}, h("code", {}, kept(fresh.id)), fresh.protected ? h("span", { class: "cb-sub" }, "protected") : null),
    h("td", {}, h("p", { dir: "auto" }, kept(shortest(fresh.inputs))), h("span", { class: "cb-sub" }, "expected: ", kept(shortest(fresh.expectations)))),
    answer(old), answer(fresh)));
  const heads = ["Case", "Question", `v${a} answered`, `v${b} answered`].map((words) => h("th", { scope: "col" }, words));
  return h("div", { class: "cb-scroll", role: "region", "aria-label": "Answers of both", tabindex: 0 },
    h("table", { class: "cb-table cb-both" }, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, rows)));
}

/** Everything known of two versions of one prompt, as elements: what to say, the numbers, the answers of cases. */
export async function results(index, a, b) {
  if (a === b) return { said: null, results: null, cases: null };
  const found = between(index, a, b);
  if (found.length) {
    const all = await Promise.all(found.map((entry) => measured(index, entry)));
    return {
      said: all.map((one) => one.said),
      results: all.map((one) => one.results),
      cases: all.map((one) => one.cases.length ? [h("h2", {}, "Cases"), one.cases, h("p", {}, h("a", { href: one.all }, "All cases"))] : null),
    };
  }
  const pairs = await bothAnswered(index, a, b);
  const count = pairs?.length ?? 0;
  const few = count ? `Both answered ${count.toLocaleString("en")} of the same cases, in runs of their own. They were not drawn for this comparison, so no mean is shown.`
    : "No case was answered by both.";
  return {
    said: unmeasured(index, a, b),
    results: h("p", {}, few),
    cases: count ? [h("h2", {}, "The same cases, both answers"), answers(pairs, a, b)] : null,
  };
}
