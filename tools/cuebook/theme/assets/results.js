// What is known of two versions beside their words: the verdict where one was measured against the other, with
// the numbers and cases of its report, or honestly that nothing was, and the way from one to the other.
import { at, h, kept, load, mark } from "./parts.js";

const MOST = 3;
const part = encodeURIComponent;
const WORDS = JSON.parse(at("verdict").dataset.words);
const WORST = ["override", "fail", "stale", "inconclusive", "pass"];

const folderOf = (name, entry) => `reports/${part(name)}/v${entry.version}/${part(entry.suite)}`;
const reportOf = (name, entry) => `${folderOf(name, entry)}.html`;
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
    counts: page.querySelector("#cases > header .cb-quiet")?.textContent ?? "",
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
    steps.length ? [h("p", {}, "Each was compared with the version that was live at its time:"),
      h("ul", { class: "cb-chain" }, steps.map((entry) => step(index, entry)))] : null,
    h("p", {}, "To know: ", h("code", {}, `cuebook gate ${index.name}/${b} --against ${a}`)));
}

// The rows of the same cases in the newest verdicts of both on one suite, protected cases first.
async function bothAnswered(index, a, b) {
  const suites = verdictsOf(index, a).map((entry) => entry.suite);
  const entry = verdictsOf(index, b).find((one) => suites.includes(one.suite));
  if (!entry) return null;
  const other = verdictsOf(index, a).find((one) => one.suite === entry.suite);
  const folders = [folderOf(index.name, other), folderOf(index.name, entry)];
  const [old, fresh] = await Promise.all(folders.map((folder) => load(`${folder}/cases.json`)));
  const known = new Map(old.rows.map((row) => [row.at, row]));
  const pairs = fresh.rows.filter((row) => known.has(row.at)).map((row) => [known.get(row.at), row]);
  return { pairs: pairs.sort((x, y) => Number(y[1].protected ?? 0) - Number(x[1].protected ?? 0)), folders };
}

function answer(row, folder) {
  const whole = h("a", { href: `${folder}/cases.html#${row.at}` }, "the whole case");
  return h("td", {}, h("p", { dir: "auto" }, kept(row.new ?? "")), h("span", { class: "cb-sub" }, whole));
}

function answers({ pairs, folders }, a, b) {
  const rows = pairs.slice(0, MOST).map(([old, fresh]) => h("tr", {},
    h("td", {}, h("code", {}, kept(fresh.id)), fresh.protected ? h("span", { class: "cb-sub cb-explained" }, "protected") : null),
    h("td", {}, h("p", { dir: "auto" }, kept(fresh.title ?? "")), h("span", { class: "cb-sub" }, "expected: ", kept(fresh.expected ?? "\u2013"))),
    answer(old, folders[0]), answer(fresh, folders[1])));
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
      cases: all.map((one) => one.cases.length ? [
        h("header", {}, h("h2", {}, "Cases"), h("span", { class: "cb-quiet" }, one.counts), h("a", { href: one.all, class: "cb-all" }, "All cases")),
        one.cases] : null),
    };
  }
  const both = await bothAnswered(index, a, b);
  const count = both?.pairs.length ?? 0;
  const few = count ? `Both answered ${count.toLocaleString("en")} of the same cases, in separate runs. They were not drawn for this comparison, so no mean is shown.`
    : "No case was answered by both.";
  return {
    said: unmeasured(index, a, b),
    results: h("p", {}, few),
    cases: count ? [h("h2", {}, "The same cases, both answers"), answers(both, a, b)] : null,
  };
}
