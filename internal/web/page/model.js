// @ts-check
// One model: its metrics, holdings, days, and trades.

import * as api from "./api.js";
import { chart } from "./chart.js";
import { returns } from "./curves.js";
import { cards, gain, h, table } from "./dom.js";
import { count, money, percent } from "./format.js";
import { METRICS } from "./metrics.js";
import { dayLink } from "./route.js";

/** @import { DatedTrade, DayResult, Metrics, Point, TradeList } from "../api.d.ts" */
/** @import { Child } from "./dom.js" */
/** @import { Visit } from "./route.js" */

/**
 * @param {Visit} visit
 * @param {string} name
 * @returns {Promise<Child[]>}
 */
export async function model({ experiment, signal }, name) {
  const history = await api.history(experiment, name, signal);
  const [result] = history.results;
  const [last, series, trades] = await Promise.all([
    api.day({ experiment, model: name, date: result.end_date, reasoning: "none" }, signal),
    api.timeseries(experiment, name, signal),
    api.trades(experiment, name, signal),
  ]);
  return [
    h("h1", null, name),
    chart(returns(history), `Returns of ${name}`),
    h("h2", null, "Metrics"),
    metrics(result.metrics),
    h("h2", null, `Holdings at the close of ${result.end_date}`),
    holdings(last),
    h("h2", null, "Daily results"),
    days(series.timeseries, name),
    h("h2", null, tradesTitle(trades)),
    trades.trades.length === 0 ? h("p", null, "No trades.") : tradeTable(trades.trades, name),
  ];
}

/** @param {Metrics} m */
function metrics(m) {
  return cards(METRICS.map(({ key, title, write }) => {
    const value = m[key];
    return [title, value === null ? h("span", { class: "quiet" }, m.undefined[key] ?? "–") : write(value)];
  }));
}

/** @param {DayResult} day */
function holdings(day) {
  return table("Holdings", [
    { title: "Symbol", cell: (a) => a.symbol },
    { title: "Shares", kind: "number", cell: (a) => a.symbol === "CASH" ? "" : day.positions[a.symbol] },
    { title: "Value (USD)", kind: "number", cell: (a) => money(a.value) },
    { title: "Weight", kind: "number", cell: (a) => percent(a.share_pct, 1) },
    { title: "", cell: (a) => meter(a.share_pct ?? 0, `Weight of ${a.symbol}`) },
  ], day.allocation ?? []);
}

/**
 * @param {number} percentage below 0 for a debt
 * @param {string} label
 */
function meter(percentage, label) {
  return h("meter", { min: 0, max: 100, value: Math.max(0, percentage), "aria-label": label });
}

/**
 * @param {Point[]} points
 * @param {string} name
 */
function days(points, name) {
  const rows = points.filter((p) => p.daily_return_pct !== null).reverse();
  return table("Daily results", [
    { title: "Date", cell: (p) => h("a", { href: dayLink(p.date, name) }, p.date) },
    { title: "Value (USD)", kind: "number", cell: (p) => money(p.portfolio_value) },
    { title: "Cash (USD)", kind: "number", cell: (p) => money(p.cash) },
    { title: "Daily return", kind: "number", cell: (p) => gain(p.daily_return_pct) },
    { title: "Total return", kind: "number", cell: (p) => gain(p.cumulative_return_pct) },
  ], rows);
}

/** @param {TradeList} list */
function tradesTitle({ trades, next }) {
  return next ? `Trades (first ${count(trades.length)})` : `Trades (${count(trades.length)})`;
}

/**
 * @param {DatedTrade[]} trades
 * @param {string} name
 */
function tradeTable(trades, name) {
  return table("Trades", [
    { title: "Date", cell: (t) => h("a", { href: dayLink(t.date, name) }, t.date) },
    ...tradeColumns(),
  ], [...trades].reverse());
}

/** tradeColumns describe a trade, on whatever date. */
export function tradeColumns() {
  /** @type {import("./dom.js").Column<import("../api.d.ts").Trade>[]} */
  const columns = [
    { title: "Side", cell: (t) => t.action },
    { title: "Symbol", cell: (t) => t.symbol },
    { title: "Shares", kind: "number", cell: (t) => t.amount },
    { title: "Price (USD)", kind: "number", cell: (t) => money(t.price) },
    { title: "Total (USD)", kind: "number", cell: (t) => money(t.total) },
    { title: "Cash after (USD)", kind: "number", cell: (t) => money(t.cash_after) },
  ];
  return columns;
}
