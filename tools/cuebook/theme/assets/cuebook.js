// What pages do beyond being read: copying, filtering, opening the case a link points at.
// Everything works without it; controls that need it are hidden until it runs.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  function copyButtons() {
    if (!navigator.clipboard) return;
    for (const button of all(".cb-copy")) {
      button.hidden = false;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(button.previousElementSibling.textContent);
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      });
    }
  }

  function caseFilters() {
    const bar = document.querySelector(".cb-filters");
    if (!bar) return;
    const cases = all("[data-change]");
    const tests = {
      all: () => true,
      broken: (item) => item.dataset.change === "broken",
      fixed: (item) => item.dataset.change === "fixed",
      protected: (item) => item.hasAttribute("data-protected"),
      failed: (item) => ["failed", "dropped"].includes(item.dataset.change),
    };
    bar.hidden = false;
    bar.addEventListener("click", (event) => {
      const pressed = event.target.closest("button");
      if (!pressed) return;
      for (const button of all("button", bar)) button.setAttribute("aria-pressed", button === pressed);
      let shown = 0;
      for (const item of cases) {
        item.hidden = !tests[pressed.dataset.filter](item);
        shown += !item.hidden;
      }
      const others = document.querySelector(".cb-others");
      if (others) others.hidden = !all("tr[data-change]:not([hidden])", others).length;
      document.getElementById("cb-shown").textContent = `${shown} of ${cases.length} cases shown.`;
    });
  }

  function promptFilter() {
    const field = document.querySelector(".cb-filter");
    if (!field) return;
    const rows = all(".cb-prompts tbody tr").map((row) => [row, row.textContent.toLowerCase()]);
    field.hidden = rows.length < 2;
    field.addEventListener("input", () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const [row, text] of rows) row.hidden = !words.every((word) => text.includes(word));
    });
  }

  function siteAddress() {
    const base = document.querySelector("script#__config");
    if (!base) return;
    const root = new URL(`${JSON.parse(base.textContent).base}/`, location).href;
    for (const spot of all("[data-site]")) spot.textContent = root;
  }

  function openTarget() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const fold = target && target.closest("details");
    if (fold) fold.open = true;
  }

  copyButtons();
  caseFilters();
  promptFilter();
  siteAddress();
  openTarget();
  addEventListener("hashchange", openTarget);
})();
