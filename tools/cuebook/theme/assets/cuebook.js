// What pages do beyond being read: copying, filtering, opening the case a link points at.
// Everything works without it; controls that need it are hidden until it runs.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  function copyButtons() {
    if (!navigator.clipboard) return;
    // Those of the theme are landmarks, one for each block of code of a guide.
    for (const block of all(".md-typeset .highlight")) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "cb-copy", textContent: "Copy" });
      button.setAttribute("aria-label", "Copy this code");
      block.append(button);
    }
    for (const button of all(".cb-copy")) {
      button.hidden = false;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(button.previousElementSibling.textContent);
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      });
    }
  }

  // On a phone the filters but the first wait behind a button, unless the address asks for one of them.
  function filterButtons() {
    const asked = new URLSearchParams(location.search);
    for (const button of all(".cb-filters-button")) {
      const bar = button.parentElement;
      const open = (now) => button.setAttribute("aria-expanded", bar.classList.toggle("cb-find-open", now));
      button.addEventListener("click", () => open());
      open(all("select", bar).some((field) => asked.get(field.name)));
    }
  }

  // What is chosen is in the address, so that going back, reloading and sending a link keep it.
  function promptFilters() {
    const bar = document.querySelector(".cb-find");
    const list = document.querySelector(".cb-prompts");
    if (!bar || !list) return;
    const fields = all("[name]", bar);
    const clear = bar.querySelector(".cb-clear");
    const body = list.querySelector("tbody");
    const more = document.createElement("button");
    const step = list.dataset.pages ? Number(list.dataset.rows) : Infinity;
    let most = step; // rows in sight: sorting a long list is no wish for a long page
    let rows = new Map();
    let texts = {};
    const usual = list.dataset.sorted;
    const order = document.createElement("select");
    let sorted = "";
    let begun = null;

    function collect() {
      rows = new Map(all(".cb-prompts tbody tr").map((row) => [row, row.textContent.toLowerCase()]));
    }

    // The rows of the other pages of a long list; their links are put right for this page.
    async function rest() {
      for (const place of (list.dataset.pages || "").split(" ").filter(Boolean)) {
        const from = new URL(place, location);
        const page = new DOMParser().parseFromString(await (await fetch(from)).text(), "text/html");
        for (const row of all(".cb-prompts:not(.cb-judges) tbody tr", page)) {
          for (const link of all("a[href]", row)) link.href = new URL(link.getAttribute("href"), from).href;
          row.hidden = true; // until it is known which are asked for
          body.append(document.adoptNode(row));
        }
      }
      for (const turn of all(".cb-turn")) turn.hidden = true;
    }

    // What every version says is published for the search.
    async function words() {
      const config = document.querySelector("script#__config");
      const base = new URL(`${JSON.parse(config.textContent).base}/`, location);
      const { prompts } = await (await fetch(new URL("api/v1/texts.json", base))).json();
      for (const { name, lines } of prompts) texts[name] = lines.join("\n").normalize("NFC").toLowerCase();
    }

    function whole() {
      if (location.protocol === "file:") return Promise.resolve();
      begun ??= Promise.all([rest(), words()]).catch(() => { texts = {}; }).then(collect);
      return begun;
    }

    function matches(row) {
      return fields.every(({ name, value }) => name === "words"
        ? value.toLowerCase().split(/\s+/).every((word) => rows.get(row).includes(word) || (texts[row.dataset.name] ?? "").includes(word))
        : !value || JSON.parse(row.dataset[name]).includes(value));
    }

    function apply() {
      const found = all(".cb-prompts tbody tr").filter(matches);
      for (const row of rows.keys()) row.hidden = true;
      for (const row of found.slice(0, most)) row.hidden = false;
      clear.hidden = fields.every((field) => !field.value);
      const left = Math.max(0, found.length - most);
      more.hidden = !left;
      more.textContent = `Show ${Math.min(step, left)} of ${left} more`;
      bar.querySelector("[role=status]").textContent = said(found.length, left);
      document.querySelector(".cb-no-match").hidden = found.length > 0;
      for (const one of all(".cb-prompts")) (one.closest(".cb-section") ?? one).hidden = !one.querySelector("tbody tr:not([hidden])");
    }

    function said(found, left) {
      const every = Math.max(rows.size, Number(list.dataset.all));
      if (found < rows.size) return left ? `The first ${found - left} of ${found}` : `${found} of ${every} shown`;
      if (left) return `The first ${found - left} of ${every}`;
      return found < every ? `${every} prompts` : `${every} of ${every} shown`;
    }

    const keyOf = (row, at) => row.cells[at].querySelector("time")?.dateTime ?? row.cells[at].textContent.trim();

    const told = () => sorted || usual;

    function tellOrder() {
      order.value = told();
      for (const [at, head] of all("thead th", list).entries()) {
        head.setAttribute("aria-sort", told() === String(at) ? "ascending" : told() === `-${at}` ? "descending" : "none");
      }
    }

    function sort() {
      // Rows of other pages come after those of this one.
      if (!sorted && step === Infinity) return;
      const [column, down] = [Number(told().replace("-", "")), told().startsWith("-")];
      const ordered = [...body.rows].sort((a, b) => keyOf(a, column).localeCompare(keyOf(b, column), "en", { numeric: true }));
      body.append(...(down ? ordered.reverse() : ordered));
    }

    async function restore() {
      const asked = new URLSearchParams(location.search);
      for (const field of fields) field.value = asked.get(field.name) ?? "";
      for (const field of fields) if (field.selectedIndex === -1) field.value = "";
      sorted = /^-?\d$/.test(asked.get("sort") ?? "") ? asked.get("sort") : "";
      tellOrder();
      apply();
      if (!sorted && fields.every((field) => !field.value)) return;
      await whole();
      sort();
      apply();
    }

    async function changed() {
      const asked = new URLSearchParams();
      for (const { name, value } of fields) if (value) asked.set(name, value);
      if (sorted) asked.set("sort", sorted);
      const query = asked.toString();
      history.replaceState(history.state, "", `${location.pathname}${query && `?${query}`}`);
      most = step;
      tellOrder();
      // What is here is shown at once, what is found further away when it has come.
      apply();
      await whole();
      sort();
      apply();
    }

    for (const [at, head] of all("thead th", list).entries()) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "cb-sort";
      button.append(...head.childNodes);
      button.addEventListener("click", () => {
        sorted = told() === String(at) ? `-${at}` : String(at);
        changed();
      });
      head.append(button);
      order.append(new Option(button.textContent, at), new Option(`${button.textContent}, last first`, `-${at}`));
    }
    // The heads are out of sight on a phone.
    const field = document.createElement("label");
    field.className = "cb-field cb-sort-field";
    field.append("Order", order);
    clear.before(field);
    more.type = "button";
    more.className = "cb-button";
    more.addEventListener("click", () => {
      most += step;
      apply();
    });
    list.after(more);
    collect();
    bar.hidden = false;
    bar.addEventListener("input", ({ target }) => {
      if (target === order) sorted = order.value;
      changed();
    });
    clear.addEventListener("click", () => {
      for (const field of fields) field.value = "";
      changed();
      fields[0].focus();
    });
    addEventListener("pageshow", restore);
    restore();
  }

  function siteAddress() {
    const base = document.querySelector("script#__config");
    if (!base) return;
    // Of a site whose address is not known, 404.html has "/": with one more it would name a host.
    const root = new URL(JSON.parse(base.textContent).base.replace(/\/*$/, "/"), location).href;
    for (const spot of all("[data-site]")) spot.textContent = root;
  }

  function asked() {
    try {
      return decodeURIComponent(location.hash.slice(1));
    } catch {
      return ""; // an address that somebody cut in two
    }
  }

  function openTarget() {
    const target = document.getElementById(asked());
    const fold = target && target.closest("details");
    if (fold) fold.open = true;
  }

  // Pages that are programs. Opened from a folder, browsers load no modules: what is there says so.
  function programs() {
    for (const name of ["propose", "compare", "find", "label"]) {
      const fallback = document.getElementById(`cb-${name}-off`);
      if (!fallback) continue;
      const tell = () => { fallback.dataset.shown = ""; };
      if (location.protocol === "file:") tell();
      else import(`./${name}.js`).catch(tell);
    }
  }

  // Once every case was on the report itself; links to one lead to where all of them are now.
  function movedCase() {
    const every = document.querySelector(".cb-report .cb-all");
    const name = asked();
    if (every && name.startsWith("case-") && !document.getElementById(name)) location.replace(every.href + location.hash);
  }

  // The style sheet shows the pane that the address names; this says so to those who do not see it.
  function currentLeaf() {
    const menu = document.querySelector(".cb-leaf-menu");
    if (!menu) return;
    const target = document.getElementById(asked());
    const open = (target && target.closest(".cb-leaf")) || document.querySelector(".cb-leaf-open");
    for (const link of all("a", menu)) {
      if (link.hash === `#${open.id}`) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  // As everywhere, the slash goes to the search.
  function searchKey() {
    const field = document.querySelector(".cb-search input");
    addEventListener("keydown", (event) => {
      const typing = event.target.closest("input, textarea, select, [contenteditable]");
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      (document.querySelector(".cb-find-texts input") ?? field).focus();
    });
  }

  searchKey();
  programs();
  currentLeaf();
  movedCase();
  if (document.getElementById("cb-every-case") && location.protocol !== "file:") import("./cases.js");
  if (document.getElementById("cb-history") && location.protocol !== "file:") import("./history.js");
  copyButtons();
  filterButtons();
  promptFilters();
  siteAddress();
  openTarget();
  addEventListener("hashchange", () => { openTarget(); currentLeaf(); });
})();
