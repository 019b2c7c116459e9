// @ts-check
// The metrics of a model: the order in which they are shown, their titles, and how
// they are written.

import { change, decimal, percent } from "./format.js";

/** @import { Metrics } from "../api.d.ts" */
/** @typedef {Exclude<keyof Metrics, "undefined">} MetricName */
/** @typedef {{ key: MetricName, title: string, write: (value: number) => string }} Metric */

/** @type {Metric[]} */
export const METRICS = [
  { key: "total_return_pct", title: "Total return", write: change },
  { key: "cagr_pct", title: "CAGR", write: change },
  { key: "volatility_pct", title: "Volatility", write: percent },
  { key: "sharpe", title: "Sharpe ratio", write: decimal },
  { key: "sortino", title: "Sortino ratio", write: decimal },
  { key: "calmar", title: "Calmar ratio", write: decimal },
  { key: "max_drawdown_pct", title: "Max drawdown", write: percent },
  { key: "omega", title: "Omega ratio", write: decimal },
  { key: "skew", title: "Skewness", write: decimal },
  { key: "kurtosis", title: "Excess kurtosis", write: decimal },
  { key: "value_at_risk_pct", title: "Daily VaR (95%)", write: change },
  { key: "win_rate_pct", title: "Win rate (days)", write: percent },
  { key: "best_day_pct", title: "Best day", write: change },
  { key: "worst_day_pct", title: "Worst day", write: change },
  { key: "alpha_pct", title: "Alpha", write: change },
  { key: "beta", title: "Beta", write: decimal },
  { key: "information_ratio", title: "Information ratio", write: decimal },
  { key: "exposure_pct", title: "Exposure", write: percent },
  { key: "concentration", title: "Concentration (HHI)", write: decimal },
  { key: "turnover", title: "Annual turnover", write: decimal },
  { key: "hit_rate_pct", title: "Winning lots", write: percent },
  { key: "holding_days", title: "Avg holding (days)", write: decimal },
];
