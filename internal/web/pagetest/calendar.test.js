// @ts-check

import assert from "node:assert/strict";
import { test } from "node:test";

import { months } from "../page/calendar.js";
import { gaps } from "../page/prices.js";

/**
 * coverage has prices on every trading day between two dates, but for some.
 * @param {string | null} first
 * @param {string | null} last
 * @param {{ missing?: string[], closed?: string[], gaps?: string[][] }} [but]
 * @returns {import("../api.d.ts").Coverage}
 */
function coverage(first, last, but = {}) {
  const lists = but.gaps ?? [[]];
  return {
    totals: {
      symbols: lists.length,
      bars: 0,
      first_date: first,
      last_date: last,
      dates_with_prices: 0,
      missing: but.missing ?? [],
      closed: but.closed ?? [],
    },
    symbols: lists.map((list, i) => ({
      symbol: `S${i}`, first_date: first ?? "", last_date: last ?? "", bars: 0, gaps: list,
    })),
  };
}

/**
 * @param {ReturnType<typeof months>} all
 * @param {string} title
 * @param {number} day
 */
function cell(all, title, day) {
  const month = all.find((m) => m.title === title);
  return month?.weeks.flat().find((c) => c?.day === day);
}

test("months run from the newest to the oldest", () => {
  const titles = months(coverage("2024-11-29", "2025-02-03")).map((m) => m.title);
  assert.deepEqual(titles, ["2025-02", "2025-01", "2024-12", "2024-11"]);
});

test("a week has five days, and each of them its own column", () => {
  const [month] = months(coverage("2025-10-01", "2025-10-31"));
  const days = month.weeks.map((week) => week.map((c) => c?.day ?? null));
  assert.deepEqual(days, [
    [null, null, 1, 2, 3],
    [6, 7, 8, 9, 10],
    [13, 14, 15, 16, 17],
    [20, 21, 22, 23, 24],
    [27, 28, 29, 30, 31],
  ]);
});

test("a month that begins on a weekend has no empty week", () => {
  const [march] = months(coverage("2025-03-03", "2025-03-31"));
  assert.equal(march.weeks[0][0]?.day, 3);
  assert.equal(march.weeks.length, 5);
});

test("a day tells whether its prices are complete", () => {
  const all = months(coverage("2025-09-02", "2025-09-29", {
    closed: ["2025-09-03"],
    missing: ["2025-09-04"],
    gaps: [["2025-09-05", "2025-09-08"], ["2025-09-08"]],
  }));
  assert.deepEqual(cell(all, "2025-09", 1), { day: 1, tone: "quiet" });
  assert.deepEqual(cell(all, "2025-09", 2), { day: 2, tone: "full", title: "2025-09-02" });
  assert.deepEqual(cell(all, "2025-09", 3), { day: 3, tone: "quiet", title: "2025-09-03: exchange closed" });
  assert.deepEqual(cell(all, "2025-09", 4), { day: 4, tone: "none", title: "2025-09-04: no prices" });
  assert.deepEqual(cell(all, "2025-09", 5), { day: 5, tone: "part", title: "2025-09-05: 1 symbol missing" });
  assert.deepEqual(cell(all, "2025-09", 8), { day: 8, tone: "part", title: "2025-09-08: 2 symbols missing" });
  assert.deepEqual(cell(all, "2025-09", 30), { day: 30, tone: "quiet" });
});

test("without prices there are no months", () => {
  assert.deepEqual(months(coverage(null, null)), []);
});

test("five gaps of a symbol are listed, and the others counted", () => {
  const dates = ["2025-09-01", "2025-09-02", "2025-09-03", "2025-09-04", "2025-09-05", "2025-09-08", "2025-09-09"];
  const symbol = { symbol: "S", first_date: "", last_date: "", bars: 0 };
  assert.equal(gaps({ ...symbol, gaps: [] }), "–");
  assert.equal(gaps({ ...symbol, gaps: dates.slice(0, 2) }), "2025-09-01, 2025-09-02");
  assert.equal(gaps({ ...symbol, gaps: dates }), `${dates.slice(0, 5).join(", ")}, and 2 more`);
});
