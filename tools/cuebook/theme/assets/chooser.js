// Which prompt to change: a card each, judges apart, found by words of what the index says of them.

import { at, fill, h, kept, liveOf } from "./parts.js";

const SHOWN = 24; // cards that are looked over; who has more prompts writes a word

/** Draw the cards, and again for every word that is written. */
export function chooser(prompts) {
  let every = false;
  const draw = () => {
    const words = at("find").value.toLowerCase().split(/\s+/);
    const found = prompts.filter((entry) => words.every((word) => about(entry).includes(word)));
    const plain = found.filter((entry) => entry.kind !== "judge");
    const judges = found.filter((entry) => entry.kind === "judge");
    const shown = every ? plain : plain.slice(0, SHOWN);
    fill(at("cards"), shown.map(card), fresh());
    at("more").hidden = shown.length === plain.length;
    fill(at("more-said"), `${plain.length - shown.length} more prompts: write a word above, or `);
    fill(at("judge-cards"), judges.map(card));
    at("judges").hidden = !judges.length;
    fill(at("judges-said"), `${judges.length} that grade the answers of others; a change is measured against people's labels, too`);
    at("judges").open = Boolean(at("find").value) && !plain.length;
    fill(at("found"), at("find").value ? `${found.length} of ${prompts.length}` : "");
  };
  at("find").addEventListener("input", draw);
  at("show-all").addEventListener("click", () => {
    every = true;
    draw();
  });
  draw();
}

const about = (entry) => [entry.name, entry.title, entry.description, ...entry.owners, ...entry.tags].join("\n").toLowerCase();

function card(entry) {
  const live = entry.aliases.production;
  const where = live === undefined ? `v${entry.latest}, not in production` : `production v${live}`;
  const state = entry.states?.production?.state;
  return h(
    "a",
    { href: `?prompt=${encodeURIComponent(entry.name)}&from=${liveOf(entry)}`, class: "cb-card" },
    h("strong", { class: "cb-ref" }, kept(entry.name)),
    h("span", { class: "cb-card-about", dir: "auto" }, kept(entry.description || entry.title)),
    h("span", { class: "cb-card-foot" }, h("span", { class: "cb-chip" }, where), state && badge(state), h("span", { class: "cb-quiet" }, kept(entry.owners.join(" ")))),
  );
}

// The page has a badge of every state; this is one more of them.
const badge = (state) => at("marks").querySelector(`.cb-${CSS.escape(state)}.cb-badge`)?.cloneNode(true);

function fresh() {
  return h(
    "a",
    { href: "?prompt=", class: "cb-card cb-card-new" },
    h("strong", {}, "A new prompt"),
    h("span", { class: "cb-card-about" }, "Name it and write its text. Test cases can follow in the same pull request."),
  );
}
