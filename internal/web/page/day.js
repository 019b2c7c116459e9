// One day of one model: what it was told, thought, asked and did.

import { h, table, money, gain } from "./dom.js";
import { get, query } from "./api.js";

export async function day({ experiment, signal }, date, name) {
  const answer = await get("/results?" + query({ experiment, model: name, date, detail: "full", reasoning: "full" }), signal);
  const d = answer.results[0], r = d.ai_reasoning;
  return [
    h("h1", null, h("a", { href: "#/model/" + encodeURIComponent(name) }, name), ` on ${date}`),
    h("dl", { class: "cards" }, [
      ["Value", money(d.daily_pnl.portfolio_value) + " USD"], ["Day", gain(d.daily_pnl.return_pct)], ["In all", gain(d.cumulative_pnl.return_pct)],
      ["Cash", money(d.positions.CASH) + " USD"], ["Steps", r.total_steps], ["End", r.stop_reason],
      ["Tokens", `${r.tokens.input} in, ${r.tokens.output} out`], ["Cost", r.cost_usd === null ? "not known" : `${r.cost_usd} USD`],
    ].map(([title, value]) => h("div", null, h("dt", null, title), h("dd", null, value)))),
    h("h2", null, "Fills"),
    d.trades.length === 0 ? h("p", null, "None.") : table("Fills", [
      { title: "What", cell: (t) => t.action }, { title: "Symbol", cell: (t) => t.symbol }, { title: "Shares", number: true, cell: (t) => t.amount },
      { title: "Price", number: true, cell: (t) => money(t.price) }, { title: "Total", number: true, cell: (t) => money(t.total) },
      { title: "Cash after", number: true, cell: (t) => money(t.cash_after) },
    ], d.trades),
    h("h2", null, "Conversation"), d.transcript.map(message),
  ];
}

function message(m) {
  const who = m.role === "tool" ? `${m.tool_name}, as of ${m.as_of}` : m.role;
  return h("article", { class: "message " + m.role },
    h("div", { class: "quiet" }, m.step > 0 ? `step ${m.step}: ` : "", who, m.tokens ? `, ${m.tokens.input} tokens in, ${m.tokens.output} out` : ""),
    m.reasoning && h("details", null, h("summary", null, "thoughts"), h("pre", null, m.reasoning)),
    m.arguments && h("pre", null, m.arguments),
    m.content && (m.role === "system" || m.role === "user" ? h("details", { open: m.role === "user" }, h("summary", null, "text"), h("pre", null, m.content)) : h("pre", null, m.content)));
}
