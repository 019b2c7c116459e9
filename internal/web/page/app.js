// @ts-check
// Shows the page that the address names, behind #.

import { ApiError, experiments, key } from "./api.js";
import { day } from "./day.js";
import { alarm, h, nodes } from "./dom.js";
import { job, jobs } from "./jobs.js";
import { leaderboard } from "./leaderboard.js";
import { model } from "./model.js";
import { prices } from "./prices.js";
import { HOME, route } from "./route.js";
import { run } from "./run.js";

/** @import { Child } from "./dom.js" */
/** @import { PageName, Visit } from "./route.js" */

/** @type {Record<PageName, (visit: Visit, ...args: string[]) => Child[] | Promise<Child[]>>} */
const pages = { leaderboard, model, day, jobs, job, run, prices };

const main = /** @type {HTMLElement} */ (document.getElementById("main"));
const choice = /** @type {HTMLSelectElement} */ (document.getElementById("experiment"));
let leaving = new AbortController(); // aborts the requests of the page that is shown

async function show() {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  markCurrent();
  main.setAttribute("aria-busy", "true");
  try {
    const content = await load(signal);
    if (!signal.aborted) place(content);
  } catch (error) {
    if (!signal.aborted) place([excuse(error)]);
  }
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<Child[]>}
 */
async function load(signal) {
  const list = await fillChoice(signal);
  const found = route(location.hash);
  if (!found) return [h("h1", null, "Page not found"), h("a", { href: HOME }, "Back to the leaderboard")];
  return pages[found.page]({ experiment: choice.value, experiments: list, signal }, ...found.args);
}

/**
 * excuse replaces a page that failed to load.
 * @param {unknown} error
 */
function excuse(error) {
  return error instanceof ApiError && error.status === 401 ? keyForm() : alarm(error);
}

function markCurrent() {
  const here = location.hash || HOME;
  for (const link of document.querySelectorAll("header nav a")) {
    if (link.getAttribute("href") === here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** @param {Child[]} content */
function place(content) {
  main.replaceChildren(...nodes(content));
  main.removeAttribute("aria-busy");
  main.dataset.page = location.hash || HOME;
  const title = main.querySelector("h1")?.textContent;
  document.title = title ? `${title} · aitrader` : "aitrader";
}

/**
 * fillChoice lists the experiments again, since a job may have added one.
 * @param {AbortSignal} signal
 */
async function fillChoice(signal) {
  const list = await experiments(signal);
  const chosen = choice.value || "main";
  const names = list.experiments.map((e) => e.experiment);
  for (const name of ["main", chosen]) if (!names.includes(name)) names.unshift(name);
  choice.replaceChildren(...names.map((name) => h("option", { value: name }, name)));
  choice.value = chosen;
  return list.experiments;
}

function keyForm() {
  const refused = key.get() !== null;
  key.forget();
  return h("form", {
    class: "sheet",
    onsubmit: (e) => {
      e.preventDefault();
      key.set(String(new FormData(e.currentTarget).get("key")));
      show();
    },
  },
  h("h1", null, "API key required"),
  refused && alarm("The service does not accept this key."),
  h("label", null, "API key",
    h("input", { name: "key", type: "password", autocomplete: "off", pattern: "[ -~]+", required: true })),
  h("p", { class: "quiet" }, "The key is kept until you close this tab, and sent to this service only."),
  h("div", { class: "bar" }, h("button", { class: "main" }, "Continue")));
}

choice.addEventListener("change", show);
addEventListener("hashchange", () => {
  show();
  main.focus({ preventScroll: true });
});
show();
