// Jobs: the list, one with its progress, and the form that starts one.

import { h, table, decimal, download } from "./dom.js";
import { ask, get, query } from "./api.js";

const atWork = (job) => ["pending", "running"].includes(job.status);

export async function jobs({ experiment, signal }) {
  const { jobs } = await get("/simulate/jobs?" + query({ experiment, limit: 50 }), signal);
  return [h("h1", null, "Jobs"), jobs.length === 0 ? h("p", null, "None yet. ", h("a", { href: "#/run" }, "Run one")) : table("Jobs", [
    { title: "Job", cell: (j) => h("a", { href: "#/job/" + encodeURIComponent(j.job_id) }, j.created_at.slice(0, 19).replace("T", " ")) },
    { title: "Status", cell: (j) => status(j) },
    { title: "Dates", cell: (j) => j.date_range.length ? `${j.date_range[0]} to ${j.date_range.at(-1)}` : "–" },
    { title: "Models", number: true, cell: (j) => j.models.length },
    { title: "Done", number: true, cell: (j) => `${j.progress.completed} of ${j.progress.total_model_days}` },
    { title: "Failed", number: true, cell: (j) => j.progress.failed },
  ], jobs)];
}

const status = (j) => h("span", { class: { completed: "good", failed: "bad", partial: "warn" }[j.status] }, j.status + (j.stop_reason ? ` (${j.stop_reason})` : ""));

// watch shows a job, and follows it until it ends.
export function watch(id, signal) {
  const box = h("section", { "aria-live": "polite", "data-job": id });
  follow(id, box, signal);
  return box;
}

async function follow(id, box, signal) {
  const path = "/simulate/status/" + encodeURIComponent(id);
  let etag = null, wait = 0;
  while (!signal.aborted) {
    try {
      const answer = await ask(`${path}?details=false&wait=${wait}`, { etag, signal });
      if (!answer.unchanged) {
        box.replaceChildren(...progress(answer.value));
        if (!atWork(answer.value)) {
          box.append(...await failures(path, answer.value, signal));
          return;
        }
      }
      etag = answer.etag;
      wait = 20;
    } catch (problem) {
      if (!signal.aborted) box.append(h("p", { class: "error", role: "alert" }, problem.message));
      return;
    }
  }
}

function progress(job) {
  const p = job.progress, done = p.completed + p.failed + p.skipped;
  return [
    h("h2", null, "Job ", h("a", { href: "#/job/" + encodeURIComponent(job.job_id) }, job.job_id), ": ", status(job)),
    h("progress", { max: Math.max(1, p.total_model_days), value: done, "aria-label": "Progress" }),
    h("p", null, `${p.completed} of ${p.total_model_days} model-days completed, ${p.failed} failed, ${p.skipped} skipped`, p.current ? `; now ${p.current.date ?? JSON.stringify(p.current)}` : "",
      job.usage ? `; ${job.usage.calls} calls, ${job.usage.tokens.input + job.usage.tokens.output} tokens` + (job.usage.cost_usd === null ? "" : `, ${decimal(job.usage.cost_usd, 4)} USD`) : ""),
    job.error && h("p", { class: "error" }, job.error),
    (job.warnings ?? []).map((w) => h("p", { class: "warn" }, w)),
    atWork(job) && h("button", { type: "button", onclick: (e) => cancel(job.job_id, e.currentTarget) }, "Cancel"),
    atWork(job) ? null : h("p", null, h("a", { href: "#/", onclick: again }, "The board")),
  ].flat().filter((x) => x);
}

// again shows a page anew also where the address stays the same.
function again() {
  if (location.hash === "#/" || location.hash === "") dispatchEvent(new HashChangeEvent("hashchange"));
}

async function cancel(id, button) {
  button.disabled = true;
  try {
    await ask("/simulate/cancel/" + encodeURIComponent(id), { method: "POST" });
  } catch (problem) {
    button.after(h("p", { class: "error", role: "alert" }, problem.message));
  }
}

async function failures(path, job, signal) {
  if (job.progress.failed + job.progress.skipped === 0) return [];
  const full = await get(path, signal);
  const rows = full.progress.details.filter((d) => d.error);
  return [h("h2", null, "What failed"), table("Failures", [
    { title: "Date", cell: (d) => d.date }, { title: "Model", cell: (d) => d.model }, { title: "Status", cell: (d) => d.status }, { title: "Why", cell: (d) => d.error },
  ], rows)];
}

export async function job({ signal }, id) {
  return [h("h1", null, "One job"), watch(id, signal), h("div", { class: "bar" }, h("button", { type: "button", onclick: (e) => receipt(id, e.currentTarget) }, "Receipt"))];
}

// receipt downloads what the job did, which aitrader verify checks.
async function receipt(id, button) {
  try {
    const { value } = await ask(`/jobs/${encodeURIComponent(id)}/receipt`);
    download(`receipt-${id}.json`, JSON.stringify(value), "application/json");
  } catch (problem) {
    button.after(h("p", { class: "error", role: "alert" }, problem.message));
  }
}

export async function run({ experiment, signal }) {
  const { models } = await get("/models", signal);
  const problem = h("div", { role: "alert" });
  const first = models[0]?.config;
  const form = h("form", { class: "sheet", onsubmit: (e) => start(e, problem) },
    h("label", null, "First date", h("input", { type: "date", name: "start_date" })),
    h("label", null, "Last date", h("input", { type: "date", name: "end_date" })),
    h("p", { class: "quiet" }, "Without dates, what is missing up to the last day with prices is run."),
    h("fieldset", null, h("legend", null, `Models of ${first ?? "the configuration"}`), models.filter((m) => m.enabled && m.config === first).map((m) => h("label", { class: "line" },
      h("input", { type: "checkbox", name: "models", value: m.signature, checked: true }), m.name || m.signature))),
    h("label", null, "Experiment", h("input", { name: "experiment", value: experiment, pattern: "[a-z0-9\\-]{1,40}", required: true })),
    h("label", { class: "line" }, h("input", { type: "checkbox", name: "replace_existing" }), "run closed days again"),
    h("label", null, "Budget in USD", h("input", { type: "number", name: "budget_usd", min: 0, step: "0.0001" })),
    h("div", { class: "bar" }, h("button", { class: "main" }, "Run")), problem);
  return [h("h1", null, "Run"), form];
}

async function start(event, problem) {
  event.preventDefault();
  const form = new FormData(event.target), body = { experiment: form.get("experiment") };
  const boxes = [...event.target.querySelectorAll("input[name=models]")];
  if (!boxes.every((b) => b.checked)) body.models = form.getAll("models");
  for (const name of ["start_date", "end_date"]) if (form.get(name)) body[name] = form.get(name);
  if (form.get("budget_usd")) body.budget_usd = Number(form.get("budget_usd"));
  if (form.get("replace_existing")) body.replace_existing = true;
  try {
    const { value } = await ask("/simulate/trigger", { method: "POST", body });
    if (value.job_id) location.hash = "#/job/" + encodeURIComponent(value.job_id);
    else problem.replaceChildren(h("p", null, value.message ?? "Everything is there already."));
  } catch (refused) {
    problem.replaceChildren(h("p", { class: "error" }, refused.message));
  }
}
