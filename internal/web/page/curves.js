// @ts-check
// Curves of returns, computed from the API's closes.

/** @import { RangeResults } from "../api.d.ts" */
/** @typedef {{ date: string, value: number }} Point value is a percentage */
/** @typedef {{ name: string, points: Point[], benchmark?: boolean }} Curve */

/**
 * returns turns closes into percentages since the close before each curve begins.
 * @param {Pick<RangeResults, "results" | "benchmark">} all
 * @returns {Curve[]}
 */
export function returns({ results, benchmark }) {
  /** @type {Curve[]} */
  const curves = results.map((r) => {
    const { starting_date: date, starting_portfolio_value: first } = r.period_metrics;
    const points = r.daily_portfolio_values
      .map((v) => ({ date: v.date, value: (v.portfolio_value / first - 1) * 100 }));
    return { name: r.model, points: [{ date, value: 0 }, ...points] };
  });
  const known = (benchmark?.values ?? [])
    .flatMap((v) => v.return_pct === null ? [] : [{ date: v.date, value: v.return_pct }]);
  if (benchmark && known.length > 0) {
    curves.push({ name: `${benchmark.symbol} (benchmark)`, benchmark: true, points: known });
  }
  return curves;
}

/**
 * drawdowns is the distance of each point from the highest one so far: percentages, at most 0.
 * @param {Point[]} points returns
 * @returns {Point[]}
 */
export function drawdowns(points) {
  let high = -Infinity;
  return points.map(({ date, value }) => {
    const worth = 1 + value / 100;
    high = Math.max(high, worth);
    return { date, value: high > 0 ? (worth / high - 1) * 100 : 0 };
  });
}

/**
 * datesOf lists every date on which a curve has a point, in order.
 * @param {Curve[]} curves
 */
export function datesOf(curves) {
  return [...new Set(curves.flatMap((c) => c.points.map((p) => p.date)))].sort();
}

/**
 * csv is a table of the returns: a row per date, a column per curve.
 * @param {Curve[]} curves
 */
export function csv(curves) {
  const columns = curves.map((c) => new Map(c.points.map((p) => [p.date, String(p.value)])));
  const rows = datesOf(curves).map((date) => [date, ...columns.map((c) => c.get(date) ?? "")]);
  return [["date", ...curves.map((c) => c.name)], ...rows].map((row) => `${row.map(field).join(",")}\n`).join("");
}

/** @param {string} text */
function field(text) {
  return /[",\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
