// @ts-check

import assert from "node:assert/strict";
import { test } from "node:test";

import { csv, datesOf, drawdowns, returns } from "../page/curves.js";

/** @param {number[]} values */
const points = (...values) => values.map((value, i) => ({ date: `2025-09-0${i + 1}`, value }));

/**
 * result is a range of closes, of which the first is the one before the range.
 * @param {string} model
 * @param {number[]} closes
 */
function result(model, ...closes) {
  const [first, ...rest] = closes;
  return /** @type {import("../api.d.ts").RangeResult} */ ({
    model,
    period_metrics: { starting_date: "2025-09-01", starting_portfolio_value: first },
    daily_portfolio_values: rest.map((v, i) => ({ date: `2025-09-0${i + 2}`, portfolio_value: v })),
  });
}

test("returns are percentages since the close before the range", () => {
  const [curve] = returns({ results: [result("a", 10_000, 11_000, 9500)] });
  assert.equal(curve.name, "a");
  assert.deepEqual(curve.points.map((p) => p.date), ["2025-09-01", "2025-09-02", "2025-09-03"]);
  assert.deepEqual(curve.points.map((p) => Number(p.value.toFixed(9))), [0, 10, -5]);
});

test("the benchmark is the last curve, without the days that have no price", () => {
  const values = [
    { date: "2025-09-01", return_pct: 0 },
    { date: "2025-09-02", return_pct: null },
    { date: "2025-09-03", return_pct: 1.5 },
  ];
  const curves = returns({ results: [result("a", 100, 101)], benchmark: { symbol: "QQQ", values } });
  assert.deepEqual(curves.map((c) => c.name), ["a", "QQQ (benchmark)"]);
  assert.equal(curves[1].benchmark, true);
  assert.deepEqual(curves[1].points.map((p) => p.value), [0, 1.5]);
});

test("a benchmark without prices has no curve", () => {
  const values = [{ date: "2025-09-01", return_pct: null }];
  assert.deepEqual(returns({ results: [], benchmark: { symbol: "QQQ", values } }), []);
  assert.deepEqual(returns({ results: [], benchmark: { symbol: "QQQ", values: [] } }), []);
});

test("a drawdown is measured from the highest point so far", () => {
  const falls = drawdowns(points(0, 10, -1, 21, 21, 9));
  const expected = [0, 0, -10, 0, 0, (1.09 / 1.21 - 1) * 100];
  falls.forEach((p, i) => assert.ok(Math.abs(p.value - expected[i]) < 1e-9, `${p.date}: ${p.value}`));
});

test("a curve that only falls is in drawdown from its first point", () => {
  assert.deepEqual(drawdowns(points(0, -50, -75)).map((p) => p.value), [0, -50, -75]);
});

test("a curve that begins with nothing has no drawdown", () => {
  assert.deepEqual(drawdowns(points(-100, -100)).map((p) => p.value), [0, 0]);
  assert.deepEqual(drawdowns([]), []);
});

test("dates are those of all curves, in order", () => {
  const late = { name: "late", points: [{ date: "2025-09-02", value: 0 }, { date: "2025-09-04", value: 1 }] };
  const early = { name: "early", points: points(0, 1) };
  assert.deepEqual(datesOf([late, early]), ["2025-09-01", "2025-09-02", "2025-09-04"]);
});

test("CSV leaves out what a curve does not have, and quotes names", () => {
  const curves = [
    { name: 'a "b", c', points: points(0, 1.25) },
    { name: "late", points: [{ date: "2025-09-02", value: -3 }] },
  ];
  assert.equal(csv(curves), 'date,"a ""b"", c",late\n2025-09-01,0,\n2025-09-02,1.25,-3\n');
});
