// @ts-check

import assert from "node:assert/strict";
import { test } from "node:test";

import { heading } from "../page/day.js";
import { isActive, summary } from "../page/jobs.js";
import { explanation, failure } from "../page/leaderboard.js";
import { METRICS } from "../page/metrics.js";

/** @import { JobReport, Leaderboard, Standing } from "../api.d.ts" */

/**
 * @param {Partial<JobReport["progress"]>} counts
 * @returns {JobReport["progress"]}
 */
function progress(counts) {
  return { total_model_days: 1500, completed: 1200, failed: 2, skipped: 3, current: null, ...counts };
}

/**
 * @param {Partial<Leaderboard>} fields
 * @returns {Leaderboard}
 */
function ranking(fields) {
  const rows = ["2025-09-03", "2025-09-02"].map((date) => /** @type {Standing} */ ({ first_date: date }));
  return { date: "2025-10-10", leaderboard: rows, benchmark: { symbol: "QQQ", return_pct: 0.5 }, ...fields };
}

test("a job's summary counts its model-days", () => {
  assert.equal(summary({ progress: progress({}) }), "1,200 of 1,500 model-days completed, 2 failed, 3 skipped");
});

test("a job's summary names the date that runs, and what the models have used", () => {
  const current = { date: "2025-10-09", model: "a" };
  const usage = { calls: 29, tokens: { input: 3000, output: 480 }, cost_usd: 0.0041 };
  const text = summary({ progress: progress({ current }), usage });
  assert.match(text, /; now running 2025-10-09; 29 model calls, 3,480 tokens, 0\.0041 USD$/u);
});

test("a job's summary leaves out a cost that is not known", () => {
  const usage = { calls: 1, tokens: { input: 1, output: 0 }, cost_usd: null };
  assert.match(summary({ progress: progress({}), usage }), /; 1 model call, 1 token$/u);
});

test("a job is active until it has ended", () => {
  /** @type {JobReport["status"][]} */
  const all = ["pending", "running", "completed", "partial", "failed", "cancelled"];
  const active = all.filter((status) => isActive(/** @type {JobReport} */ ({ status })));
  assert.deepEqual(active, ["pending", "running"]);
});

test("the explanation says since when the benchmark's return counts", () => {
  assert.equal(explanation(ranking({})), "QQQ returned 0.50% since the close of 2025-09-02.");
});

test("the explanation leaves out models that have closed no day", () => {
  const rows = [null, "2025-09-02"].map((date) => /** @type {Standing} */ ({ first_date: date }));
  assert.equal(explanation(ranking({ leaderboard: rows })), "QQQ returned 0.50% since the close of 2025-09-02.");
});

test("a model that has closed no day is marked with its error, and no other", () => {
  const why = { cumulative_return_pct: "no day is closed: 2 model-days have failed" };
  /** @type {Partial<Standing>} */
  const row = { first_date: null, undefined: why, last_error: "model_http_401: refused" };
  const text = failure(/** @type {Standing} */ (row));
  assert.equal(text, "no day is closed: 2 model-days have failed. model_http_401: refused");
  assert.equal(failure(/** @type {Standing} */ ({ first_date: "2025-09-02", failed_days: 1 })), null);
});

test("the explanation gives the API's note instead of tiers", () => {
  const comparison = { days: 3, note: "20 days are needed" };
  assert.match(explanation(ranking({ comparison })), /2025-09-02\. 20 days are needed\.$/u);
});

test("the explanation tells how tiers are made", () => {
  const benchmark = { symbol: "QQQ", return_pct: null };
  const text = explanation(ranking({ benchmark, comparison: { days: 29 } }));
  assert.match(text, /^Models in the same tier do not differ significantly on the 29 days/u);
});

test("a message's heading names its author", () => {
  const message = { step: 2, content: "" };
  assert.equal(heading({ ...message, step: 0, role: "system" }), "system");
  assert.equal(
    heading({ ...message, role: "assistant", tokens: { input: 1500, output: 20 } }),
    "Step 2: assistant, 1,500 tokens in, 20 out",
  );
  assert.equal(
    heading({ ...message, role: "tool", tool_name: "get_prices", as_of: "2025-10-10" }),
    "Step 2: get_prices, as of 2025-10-10",
  );
});

test("each metric is shown once, percentages with their sign where they are gains or losses", () => {
  assert.equal(new Set(METRICS.map((m) => m.key)).size, METRICS.length);
  assert.equal(new Set(METRICS.map((m) => m.title)).size, METRICS.length);
  const written = new Map(METRICS.map((m) => [m.key, m.write(1.25)]));
  assert.equal(written.get("total_return_pct"), "+1.25%");
  assert.equal(written.get("volatility_pct"), "1.25%");
  assert.equal(written.get("sharpe"), "1.25");
  for (const [name, text] of written) assert.equal(text.endsWith("%"), name.endsWith("_pct"), name);
});
