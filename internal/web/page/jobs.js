// @ts-check
// Jobs: the list, and one with its progress.

import * as api from "./api.js";
import { alarm, download, h, nodes, table } from "./dom.js";
import { count, decimal, quantity, span } from "./format.js";
import { HOME, jobLink } from "./route.js";

/** @import { JobProgress, JobReport } from "../api.d.ts" */
/** @import { Child } from "./dom.js" */
/** @import { Visit } from "./route.js" */

const LONGEST_WAIT = 20; // seconds that the service may hold back an unchanged report

/** @type {Record<string, string | undefined>} */
const tones = { completed: "good", failed: "bad", partial: "warn" };

/** @param {string} timestamp RFC 3339 */
const minute = (timestamp) => timestamp.slice(0, 16).replace("T", " ");

/** @param {JobProgress} progress */
const completed = ({ completed: n, total_model_days: total }) => `${count(n)} of ${count(total)}`;

/**
 * @param {Visit} visit
 * @returns {Promise<Child[]>}
 */
export async function jobs({ experiment, signal }) {
  const list = await api.jobs({ experiment, limit: 50 }, signal);
  if (list.jobs.length === 0) {
    return [h("h1", null, "Jobs"), h("p", null, "No jobs yet. ", h("a", { href: "#/run" }, "Run a simulation"), ".")];
  }
  return [h("h1", null, "Jobs"), table("Jobs", [
    { title: "Created (UTC)", cell: (j) => h("a", { href: jobLink(j.job_id) }, minute(j.created_at)) },
    { title: "Status", cell: (j) => status(j) },
    { title: "Dates", cell: (j) => span(j.date_range) },
    { title: "Models", kind: "number", cell: (j) => j.models.length },
    { title: "Completed", kind: "number", cell: (j) => completed(j.progress) },
    { title: "Failed", kind: "number", cell: (j) => count(j.progress.failed) },
  ], list.jobs)];
}

/** @param {JobReport} report */
export const isActive = ({ status: s }) => s === "pending" || s === "running";

/** @param {JobReport} report */
function status({ status: name, stop_reason: reason }) {
  return h("span", { class: tones[name] }, name, reason && ` (${reason})`);
}

/**
 * @param {Visit} visit
 * @param {string} id
 * @returns {Child[]}
 */
export function job({ signal }, id) {
  const save = h("button", { type: "button", onclick: (e) => receipt(id, e.currentTarget) }, "Download receipt");
  return [h("h1", null, "Job details"), watch(id, signal), h("div", { class: "bar" }, save)];
}

/**
 * watch shows a job, and follows it until it ends.
 * @param {string} id
 * @param {AbortSignal} signal
 */
export function watch(id, signal) {
  const box = h("section", { "aria-live": "polite", "data-job": id });
  follow(id, box, signal).catch((error) => {
    if (!signal.aborted) box.append(alarm(error));
  });
  return box;
}

/**
 * @param {string} id
 * @param {HTMLElement} box
 * @param {AbortSignal} signal
 */
async function follow(id, box, signal) {
  let { report, etag } = await api.changed(id, { etag: null, wait: 0, signal });
  while (!signal.aborted) {
    if (report) box.replaceChildren(...nodes(progress(report)));
    if (report && !isActive(report)) {
      box.append(...nodes(await failures(report, signal)));
      return;
    }
    ({ report, etag } = await api.changed(id, { etag, wait: LONGEST_WAIT, signal }));
  }
}

/**
 * @param {JobReport} report
 * @returns {Child[]}
 */
function progress(report) {
  const p = report.progress;
  const done = p.completed + p.failed + p.skipped;
  return [
    h("h2", null, "Job ", h("a", { href: jobLink(report.job_id) }, report.job_id), ": ", status(report)),
    h("progress", { max: Math.max(1, p.total_model_days), value: done, "aria-label": "Progress" }),
    h("p", null, summary(report)),
    report.error && h("p", { class: "error" }, report.error),
    report.warnings.map((w) => h("p", { class: "warn" }, w)),
    h("div", { class: "bar" }, isActive(report) ? cancelButton(report.job_id) : leaderboardLink()),
  ];
}

/** @param {string} id */
function cancelButton(id) {
  return h("button", { type: "button", onclick: (e) => cancel(id, e.currentTarget) }, "Cancel job");
}

function leaderboardLink() {
  return h("a", { href: HOME, onclick: reload }, "View leaderboard");
}

/**
 * summary gives the progress of a job, and its cost so far.
 * @param {Pick<JobReport, "progress" | "usage">} report
 */
export function summary({ progress: p, usage }) {
  const of = `${count(p.completed)} of ${quantity(p.total_model_days, "model-day")} completed`;
  const parts = [`${of}, ${count(p.failed)} failed, ${count(p.skipped)} skipped`];
  if (p.current) parts.push(`now running ${p.current.date}`);
  if (usage) {
    const tokens = quantity(usage.tokens.input + usage.tokens.output, "token");
    const cost = usage.cost_usd === null ? "" : `, ${decimal(usage.cost_usd, 4)} USD`;
    parts.push(`${quantity(usage.calls, "model call")}, ${tokens}${cost}`);
  }
  return parts.join("; ");
}

/**
 * failures lists the model-days that have an error.
 * @param {JobReport} report
 * @param {AbortSignal} signal
 * @returns {Promise<Child[]>}
 */
async function failures(report, signal) {
  if (report.progress.failed + report.progress.skipped === 0) return [];
  const days = await api.modelDays(report.job_id, signal);
  return [h("h2", null, "Failures"), table("Failures", [
    { title: "Date", cell: (d) => d.date },
    { title: "Model", cell: (d) => d.model },
    { title: "Status", cell: (d) => d.status },
    { title: "Error", kind: "long", cell: (d) => d.error },
  ], days.filter((d) => d.error))];
}

/** reload shows the leaderboard again even if the address does not change. */
function reload() {
  if (location.hash === HOME || location.hash === "") dispatchEvent(new HashChangeEvent("hashchange"));
}

/**
 * @param {string} id
 * @param {HTMLButtonElement} button
 */
async function cancel(id, button) {
  button.disabled = true;
  try {
    await api.cancel(id);
  } catch (error) {
    button.after(alarm(error));
  }
}

/**
 * receipt downloads the record of a job.
 * @param {string} id
 * @param {HTMLButtonElement} button
 */
async function receipt(id, button) {
  try {
    download(`receipt-${id}.json`, await api.receipt(id), "application/json");
  } catch (error) {
    button.after(alarm(error));
  }
}
