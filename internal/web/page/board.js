// The leaderboard, and the curves of all models.

import { h, table, money, gain, decimal } from "./dom.js";
import { get, curves, query } from "./api.js";
import { chart } from "./chart.js";
import { watch } from "./jobs.js";

export async function board({ experiment, books, signal }) {
  const { jobs } = await get("/simulate/jobs?limit=1", signal);
  const running = jobs.length > 0 && ["pending", "running"].includes(jobs[0].status) ? watch(jobs[0].job_id, signal) : null;
  if (!books.some((e) => e.experiment === experiment && e.last_date)) {
    return [h("h1", null, "Board"), running, h("p", null, "Nothing is closed yet in this experiment. ", h("a", { href: "#/run" }, "Run the models"), " over the days that have prices.")];
  }
  const [ranking, all] = await Promise.all([get("/leaderboard?" + query({ experiment }), signal), curves(experiment, signal)]);
  return [
    h("h1", null, `Board at the close of ${ranking.date}`), running, chart(returns(all), "Returns of all models and the benchmark"),
    h("h2", null, "Ranking"), standings(ranking), h("p", { class: "quiet" }, explain(ranking)),
  ];
}

// returns turns closes into percent since the beginning of each curve.
export function returns(all) {
  const series = all.results.map((r) => {
    const first = Number(r.period_metrics.starting_portfolio_value);
    return {
      name: r.model,
      points: [{ date: r.period_metrics.starting_date, value: 0 }, ...r.daily_portfolio_values.map((v) => ({ date: v.date, value: (v.portfolio_value / first - 1) * 100 }))],
    };
  });
  if (all.benchmark?.values.length) {
    series.push({ name: all.benchmark.symbol + " (benchmark)", benchmark: true, points: all.benchmark.values.map((v) => ({ date: v.date, value: v.return_pct })) });
  }
  return series;
}

const range = (pair, digits = 1) => pair ? `${decimal(pair[0], digits)} to ${decimal(pair[1], digits)}` : "–";
const against = (v) => v ? h("span", { class: v.significant ? (v.per_day_pct > 0 ? "good" : "bad") : "quiet", title: `${v.per_day_pct.toFixed(4)} % a day` },
  `${v.significant ? "differs" : "not told apart"}, p ${v.p_value.toFixed(3)}`) : "–";

function standings(b) {
  return table("Ranking", [
    { title: "Rank", number: true, cell: (r) => r.rank },
    { title: "Model", cell: (r) => h("a", { href: "#/model/" + encodeURIComponent(r.model) }, r.model) },
    { title: "Value USD", number: true, cell: (r) => money(r.portfolio_value) },
    { title: "Return", number: true, cell: (r) => gain(r.cumulative_return_pct) },
    { title: "95 % interval", number: true, cell: (r) => range(r.intervals?.total_return_pct) },
    { title: "Sharpe, 95 %", number: true, cell: (r) => range(r.intervals?.sharpe) },
    { title: "Tier", number: true, cell: (r) => r.tier ?? "–" },
    { title: "Against the benchmark", cell: (r) => against(r.vs_benchmark) },
    { title: "Against chance", cell: (r) => against(r.vs_random) },
    { title: "Since", cell: (r) => r.first_date },
  ], b.leaderboard, (r, i) => i > 0 && r.tier && r.tier !== b.leaderboard[i - 1].tier ? { class: "tier" } : null);
}

function explain(b) {
  const benchmark = b.benchmark.symbol ? `${b.benchmark.symbol} gave ${decimal(b.benchmark.return_pct)} % in that time. ` : "";
  if (b.comparison?.note) return benchmark + b.comparison.note + ".";
  return benchmark + `Models of one tier cannot be told apart on the ${b.comparison.days} days that all of them have. Intervals and tests draw days again in blocks (stationary bootstrap).`;
}
