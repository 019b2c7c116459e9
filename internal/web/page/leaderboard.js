// @ts-check
// The leaderboard: the curves of all models, their ranking, and the job that is under way.

import * as api from "./api.js";
import { chart } from "./chart.js";
import { returns } from "./curves.js";
import { gain, h, table } from "./dom.js";
import { change, interval, money, percent } from "./format.js";
import { isActive, watch } from "./jobs.js";
import { modelLink } from "./route.js";

/** @import { Leaderboard, Standing, Versus } from "../api.d.ts" */
/** @import { Child } from "./dom.js" */
/** @import { Visit } from "./route.js" */

/**
 * @param {Visit} visit
 * @returns {Promise<Child[]>}
 */
export async function leaderboard({ experiment, experiments, signal }) {
  const active = await activeJob(experiment, signal);
  if (!experiments.some((e) => e.experiment === experiment && e.last_date)) {
    return [
      h("h1", null, "Leaderboard"),
      active,
      h("p", null, "This experiment has no results yet. ", h("a", { href: "#/run" }, "Run a simulation"), "."),
    ];
  }
  const [ranking, curves] = await Promise.all([
    api.leaderboard(experiment, signal),
    api.curves(experiment, signal),
  ]);
  return [
    h("h1", null, `Leaderboard at the close of ${ranking.date}`),
    active,
    chart(returns(curves), "Returns of all models and the benchmark"),
    h("h2", null, "Ranking"),
    standings(ranking.leaderboard),
    h("p", { class: "quiet" }, explanation(ranking)),
  ];
}

/**
 * activeJob follows the newest job of the experiment while it is under way.
 * @param {string} experiment
 * @param {AbortSignal} signal
 */
async function activeJob(experiment, signal) {
  const { jobs: [newest] } = await api.jobs({ experiment, limit: 1 }, signal);
  return newest && isActive(newest) ? watch(newest.job_id, signal) : null;
}

/** @param {Standing[]} rows */
function standings(rows) {
  return table("Ranking", [
    { title: "Rank", kind: "number", cell: (r) => r.rank },
    { title: "Model", cell: (r) => modelCell(r) },
    { title: "Value (USD)", kind: "number", cell: (r) => money(r.portfolio_value) },
    { title: "Return", kind: "number", cell: (r) => gain(r.cumulative_return_pct) },
    { title: "Return, 95%\u00a0CI", kind: "number", cell: (r) => interval(r.intervals?.total_return_pct) },
    { title: "Sharpe, 95%\u00a0CI", kind: "number", cell: (r) => interval(r.intervals?.sharpe) },
    { title: "Tier", kind: "number", cell: (r) => r.tier ?? "–" },
    { title: "Broken, failed days", kind: "number", cell: (r) => lostDays(r) },
    { title: "vs benchmark", cell: (r) => versus(r.vs_benchmark) },
    { title: "vs random", cell: (r) => versus(r.vs_random) },
    { title: "Since", cell: (r) => r.first_date ?? "–" },
  ], rows, (r, i) => i > 0 && r.tier && r.tier !== rows[i - 1].tier ? { class: "tier" } : null);
}

/**
 * modelCell links to a model. One that has failed before it closed a day has no page to
 * link to, and is marked with its error.
 * @param {Standing} row
 */
function modelCell(row) {
  const error = failure(row);
  if (!error) return h("a", { href: modelLink(row.model) }, row.model);
  return h("span", null, row.model, " ", h("span", { class: "bad", title: error }, "failed"));
}

/**
 * failure says why a model has closed no day; it is null for one that has.
 * @param {Standing} row
 */
export function failure({ first_date: first, undefined: why, last_error: error }) {
  if (first !== null) return null;
  return [why?.cumulative_return_pct, error].filter(Boolean).join(". ");
}

/**
 * lostDays counts the days that show what a provider did rather than what the model decided.
 * @param {Standing} row
 */
function lostDays({ broken_days: broken, failed_days: failed }) {
  const text = `${broken}, ${failed}`;
  if (broken + failed === 0) return text;
  const title = `${broken} days ended with broken answers, and ${failed} failed`;
  return h("span", { class: "bad", title }, text);
}

/** @param {Versus | undefined} test */
function versus(test) {
  if (!test) return "–";
  const title = `${change(test.per_day_pct, 4)} per day`;
  const p = `p = ${test.p_value.toFixed(3)}`;
  if (!test.significant) return h("span", { class: "quiet", title }, `not significant, ${p}`);
  return test.per_day_pct > 0
    ? h("span", { class: "good", title }, `better, ${p}`)
    : h("span", { class: "bad", title }, `worse, ${p}`);
}

/**
 * explanation says how to read the ranking.
 * @param {Leaderboard} ranking
 */
export function explanation({ leaderboard: rows, benchmark, comparison }) {
  const sentences = [];
  if (benchmark.symbol && benchmark.return_pct !== null) {
    const [first] = rows.map((r) => r.first_date).filter((date) => date !== null).sort();
    sentences.push(`${benchmark.symbol} returned ${percent(benchmark.return_pct)} since the close of ${first}.`);
  }
  if (comparison?.note) {
    sentences.push(`${comparison.note}.`);
  } else if (comparison) {
    sentences.push(
      `Models in the same tier do not differ significantly on the ${comparison.days} days they have in common.`,
      "Intervals and tests use the stationary bootstrap, which resamples days in blocks.",
    );
  }
  return sentences.join(" ");
}
