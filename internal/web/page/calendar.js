// @ts-check
// The calendar of the trading days, and what is known of the prices of each.

import { quantity } from "./format.js";

/** @import { Coverage } from "../api.d.ts" */
/** @typedef {{ tone: "full" | "part" | "none" | "quiet", title?: string }} Mark */
/** @typedef {Mark & { day: number }} Cell */

/**
 * A Month has weeks from Monday to Friday; null is a day of another month.
 * @typedef {{ title: string, weeks: (Cell | null)[][] }} Month
 */

/** @param {Date} date */
const iso = (date) => date.toISOString().slice(0, 10);

/**
 * months are those of the prices, newest first.
 * @param {Coverage} coverage
 * @returns {Month[]}
 */
export function months(coverage) {
  const { first_date: first, last_date: last } = coverage.totals;
  if (!first || !last) return [];
  const mark = marker(coverage, first, last);
  const out = [];
  const at = new Date(`${first.slice(0, 7)}-01T00:00:00Z`);
  for (; iso(at) <= last; at.setUTCMonth(at.getUTCMonth() + 1)) {
    out.push({ title: iso(at).slice(0, 7), weeks: weeks(at, mark) });
  }
  return out.reverse();
}

/**
 * marker returns what to say of a date.
 * @param {Coverage} coverage
 * @param {string} first
 * @param {string} last
 * @returns {(date: string) => Mark}
 */
function marker({ totals, symbols }, first, last) {
  const missing = new Set(totals.missing);
  const closed = new Set(totals.closed);
  /** @type {Map<string, number>} */
  const gaps = new Map();
  for (const date of symbols.flatMap((s) => s.gaps)) gaps.set(date, (gaps.get(date) ?? 0) + 1);
  return (date) => {
    if (date < first || date > last) return { tone: "quiet" };
    if (closed.has(date)) return { tone: "quiet", title: `${date}: exchange closed` };
    if (missing.has(date)) return { tone: "none", title: `${date}: no prices` };
    const lacking = gaps.get(date);
    if (lacking) return { tone: "part", title: `${date}: ${quantity(lacking, "symbol")} missing` };
    return { tone: "full", title: date };
  };
}

/**
 * @param {Date} first of the month
 * @param {(date: string) => Mark} mark
 */
function weeks(first, mark) {
  /** @type {(Cell | null)[][]} */
  const out = [];
  const at = new Date(first);
  for (; at.getUTCMonth() === first.getUTCMonth(); at.setUTCDate(at.getUTCDate() + 1)) {
    const weekday = (at.getUTCDay() + 6) % 7; // 0 is Monday
    if (weekday < 5) {
      if (weekday === 0 || out.length === 0) out.push([null, null, null, null, null]);
      out[out.length - 1][weekday] = { day: at.getUTCDate(), ...mark(iso(at)) };
    }
  }
  return out;
}
