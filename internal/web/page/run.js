// @ts-check
// The form that starts a job.

import * as api from "./api.js";
import { alarm, h } from "./dom.js";
import { jobLink } from "./route.js";

/** @import { ConfiguredModel, TriggerBody } from "../api.d.ts" */
/** @import { Child } from "./dom.js" */
/** @import { Visit } from "./route.js" */

/**
 * @param {Visit} visit
 * @returns {Promise<Child[]>}
 */
export async function run({ experiment, signal }) {
  const { models } = await api.models(signal);
  const configuration = models[0]?.config;
  const offered = models.filter((m) => m.enabled && m.config === configuration);
  const legend = configuration ? `Models in configuration ${configuration}` : "Models";
  const outcome = h("div");
  const form = h("form", {
    class: "sheet",
    onsubmit: (e) => {
      e.preventDefault();
      start(triggerBody(new FormData(e.currentTarget), offered.map((m) => m.signature)), outcome);
    },
  },
  h("label", null, "Start date", h("input", { type: "date", name: "start_date" })),
  h("label", null, "End date", h("input", { type: "date", name: "end_date" })),
  h("p", { class: "quiet" }, "Leave the dates empty to run every missing day up to the last day with prices."),
  h("fieldset", null, h("legend", null, legend), offered.map(choice)),
  h("label", null, "Experiment",
    h("input", { name: "experiment", value: experiment, pattern: "[a-z0-9\\-]{1,40}", required: true })),
  h("label", { class: "line" }, h("input", { type: "checkbox", name: "replace_existing" }), "Rerun completed days"),
  h("label", null, "Budget (USD)", h("input", { type: "number", name: "budget_usd", min: 0, step: "0.0001" })),
  h("div", { class: "bar" }, h("button", { class: "main" }, "Run")), outcome);
  return [h("h1", null, "Run a simulation"), form];
}

/** @param {ConfiguredModel} model */
function choice(model) {
  const box = h("input", { type: "checkbox", name: "models", value: model.signature, checked: true });
  return h("label", { class: "line" }, box, model.name || model.signature);
}

/**
 * triggerBody is what the form asks for. Fields that are empty are left to the service,
 * and so is the choice of models where it is all of them.
 * @param {FormData} form
 * @param {string[]} offered the signatures of the models in the form
 * @returns {TriggerBody}
 */
export function triggerBody(form, offered) {
  /** @param {string} name */
  const text = (name) => String(form.get(name) ?? "");
  /** @type {TriggerBody} */
  const body = { experiment: text("experiment") };
  const models = form.getAll("models").map(String);
  if (models.length < offered.length) body.models = models;
  if (text("start_date")) body.start_date = text("start_date");
  if (text("end_date")) body.end_date = text("end_date");
  if (text("budget_usd")) body.budget_usd = Number(text("budget_usd"));
  if (text("replace_existing")) body.replace_existing = true;
  return body;
}

/**
 * @param {TriggerBody} body
 * @param {HTMLElement} outcome says why no job was started
 */
async function start(body, outcome) {
  try {
    const answer = await api.trigger(body);
    if (answer.job_id) location.hash = jobLink(answer.job_id);
    else outcome.replaceChildren(h("p", { role: "status" }, answer.message));
  } catch (error) {
    outcome.replaceChildren(alarm(error));
  }
}
