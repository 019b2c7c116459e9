// Which page is shown: it stands behind # in the address.

import { h } from "./dom.js";
import { get, key } from "./api.js";
import { board } from "./board.js";
import { model } from "./model.js";
import { day } from "./day.js";
import { jobs, job, run } from "./jobs.js";
import { prices } from "./prices.js";

const pages = [
  [/^\/$/, board], [/^\/model\/([^/]+)$/, model], [/^\/day\/([^/]+)\/([^/]+)$/, day],
  [/^\/jobs$/, jobs], [/^\/job\/([^/]+)$/, job], [/^\/run$/, run], [/^\/prices$/, prices],
];
const main = document.getElementById("main"), choice = document.getElementById("experiment");
let leaving = new AbortController();

async function show() {
  leaving.abort();
  const here = leaving = new AbortController();
  const path = location.hash.replace(/^#/, "") || "/";
  for (const link of document.querySelectorAll("header nav a")) {
    link.getAttribute("href") === "#" + path ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  }
  main.setAttribute("aria-busy", "true");
  try {
    const books = await experiments(here.signal);
    const found = pages.map(([pattern, page]) => [path.match(pattern), page]).find(([match]) => match);
    const content = found ? await found[1]({ experiment: choice.value, books, signal: here.signal }, ...found[0].slice(1).map(decodeURIComponent))
      : [h("h1", null, "There is no such page"), h("a", { href: "#/" }, "The board")];
    if (!here.signal.aborted) place(content);
  } catch (problem) {
    if (!here.signal.aborted) place(problem.status === 401 ? [askForKey()] : [h("p", { class: "error", role: "alert" }, problem.message)]);
  }
}

function place(content) {
  main.replaceChildren(...content.flat(Infinity).filter((x) => x));
  main.removeAttribute("aria-busy");
  main.dataset.page = location.hash || "#/";
  const title = main.querySelector("h1");
  document.title = title ? `${title.textContent} · aitrader` : "aitrader";
}

// experiments fills the list, which a job may have made longer, and returns it.
async function experiments(signal) {
  const { experiments } = await get("/experiments", signal);
  const names = experiments.map((e) => e.experiment), chosen = choice.value || "main";
  for (const name of ["main", chosen]) if (!names.includes(name)) names.unshift(name);
  choice.replaceChildren(...names.map((name) => h("option", { value: name }, name)));
  choice.value = chosen;
  return experiments;
}

function askForKey() {
  const wrong = key.get() !== null;
  key.forget();
  return h("form", {
    class: "sheet", onsubmit: (e) => {
      e.preventDefault();
      key.set(new FormData(e.target).get("key"));
      show();
    },
  }, h("h1", null, "A key is needed"), wrong && h("p", { class: "error", role: "alert" }, "The service does not know that key."),
  h("label", null, "API key", h("input", { name: "key", type: "password", autocomplete: "off", required: true })),
  h("p", { class: "quiet" }, "It is kept until this tab is closed, and sent to this service only."), h("div", { class: "bar" }, h("button", { class: "main" }, "Go on")));
}

choice.addEventListener("change", show);
addEventListener("hashchange", () => {
  show();
  main.focus({ preventScroll: true });
});
show();
