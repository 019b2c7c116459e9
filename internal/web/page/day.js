// @ts-check
// One day of one model: its prompt, reasoning, tool calls and trades.

import * as api from "./api.js";
import { cards, gain, h, table } from "./dom.js";
import { count, money } from "./format.js";
import { tradeColumns } from "./model.js";
import { modelLink } from "./route.js";

/** @import { Reasoning, TranscriptEntry } from "../api.d.ts" */
/** @import { Child } from "./dom.js" */
/** @import { Visit } from "./route.js" */

/**
 * @param {Visit} visit
 * @param {string} date
 * @param {string} name
 * @returns {Promise<Child[]>}
 */
export async function day({ experiment, signal }, date, name) {
  const d = await api.day({ experiment, model: name, date, reasoning: "full" }, signal);
  const trades = d.trades ?? [];
  return [
    h("h1", null, h("a", { href: modelLink(name) }, name), ` on ${date}`),
    cards([
      ["Value", `${money(d.daily_pnl.portfolio_value)} USD`],
      ["Daily return", gain(d.daily_pnl.return_pct)],
      ["Total return", gain(d.cumulative_pnl.return_pct)],
      ["Cash", `${money(d.positions.CASH)} USD`],
      ...d.ai_reasoning ? effort(d.ai_reasoning) : [],
    ]),
    h("h2", null, "Trades"),
    trades.length === 0 ? h("p", null, "No trades.") : table("Trades", tradeColumns(), trades),
    h("h2", null, "Conversation"),
    (d.transcript ?? []).map(message),
  ];
}

/**
 * effort lists what the model spent on the day.
 * @param {Reasoning} r
 * @returns {[string, Child][]}
 */
function effort(r) {
  return [
    ["Steps", r.total_steps],
    ["Stop reason", r.stop_reason],
    ["Tokens", `${count(r.tokens.input)} in, ${count(r.tokens.output)} out`],
    ["Cost", r.cost_usd === null ? "unknown" : `${r.cost_usd} USD`],
  ];
}

/** @param {TranscriptEntry} m */
function message(m) {
  return h("article", { class: `message ${m.role}` },
    h("div", { class: "quiet" }, heading(m)),
    m.reasoning && folded("Reasoning", m.reasoning, false),
    m.arguments && h("pre", null, m.arguments),
    m.content && content(m));
}

/**
 * heading names the author of a message, and its step.
 * @param {TranscriptEntry} m
 */
export function heading({ step, role, tool_name: tool, as_of: asOf, tokens }) {
  const parts = [role === "tool" ? `${tool}, as of ${asOf}` : role];
  if (tokens) parts.push(`${count(tokens.input)} tokens in, ${count(tokens.output)} out`);
  return (step > 0 ? `Step ${step}: ` : "") + parts.join(", ");
}

/** @param {TranscriptEntry} m */
function content(m) {
  if (m.role === "system") return folded("Prompt", m.content, false);
  if (m.role === "user") return folded("Prompt", m.content, true);
  return h("pre", null, m.content);
}

/**
 * @param {string} title
 * @param {string} text
 * @param {boolean} open
 */
function folded(title, text, open) {
  return h("details", { open }, h("summary", null, title), h("pre", null, text));
}
