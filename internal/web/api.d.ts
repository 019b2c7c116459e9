// What the page reads of the HTTP API's answers. TestThePageReadsWhatTheAPIDocuments
// compares it with /openapi.json, which has more: only what the page uses is here.
// Dates are YYYY-MM-DD, money is USD, and a name that ends in _pct is a percentage.

export type JobStatus = "pending" | "running" | "completed" | "partial" | "failed" | "cancelled";
export type Role = "system" | "user" | "assistant" | "tool";

// GET /simulate/jobs
export interface JobList {
  jobs: JobReport[];
}

// GET /simulate/status/{job_id}
export interface JobReport {
  job_id: string;
  status: JobStatus;
  date_range: string[];
  models: string[];
  progress: JobProgress;
  created_at: string;
  error: string | null;
  stop_reason: string | null;
  warnings: string[];
  usage?: JobUsage;
  details_next?: string;
}

// Counts of model-days.
export interface JobProgress {
  total_model_days: number;
  completed: number;
  failed: number;
  skipped: number;
  current: { date: string; model: string } | null;
  details?: ModelDayDetail[];
}

export interface ModelDayDetail {
  date: string;
  model: string;
  status: "pending" | "running" | "completed" | "failed" | "skipped";
  error: string | null;
}

export interface JobUsage {
  calls: number;
  tokens: Tokens;
  cost_usd: number | null;
}

export interface Tokens {
  input: number;
  output: number;
}

// GET /experiments
export interface ExperimentList {
  experiments: Experiment[];
}

export interface Experiment {
  experiment: string;
  last_date: string | null;
}

// GET /models
export interface ModelList {
  models: ConfiguredModel[];
}

export interface ConfiguredModel {
  config: string;
  signature: string;
  name: string;
  enabled: boolean;
}

// GET /leaderboard
export interface Leaderboard {
  date: string;
  leaderboard: Standing[];
  benchmark: Benchmark;
  comparison?: Comparison;
}

export interface Standing {
  rank: number;
  model: string;
  portfolio_value: number | null;
  cumulative_return_pct: number | null;
  first_date: string | null;
  broken_days: number;
  failed_days: number;
  last_error?: string;
  undefined?: Record<string, string>;
  tier: number | null;
  intervals?: Intervals;
  vs_benchmark?: Versus;
  vs_random?: Versus;
}

// Each of two numbers: the bounds of a 95% confidence interval.
export interface Intervals {
  total_return_pct: number[];
  sharpe: number[];
}

export interface Versus {
  per_day_pct: number;
  p_value: number;
  significant: boolean;
}

export interface Benchmark {
  symbol: string;
  return_pct: number | null;
}

export interface Comparison {
  days: number;
  note?: string;
}

// GET /results of a range
export interface RangeResults {
  results: RangeResult[];
  benchmark?: BenchmarkSeries;
  next?: string;
}

export interface RangeResult {
  model: string;
  end_date: string;
  daily_portfolio_values: DailyValue[];
  period_metrics: PeriodMetrics;
  metrics: Metrics;
}

export interface DailyValue {
  date: string;
  portfolio_value: number;
}

// The close before the range.
export interface PeriodMetrics {
  starting_date: string;
  starting_portfolio_value: number;
}

export interface BenchmarkSeries {
  symbol: string;
  values: BenchmarkValue[];
}

export interface BenchmarkValue {
  date: string;
  return_pct: number | null;
}

// A metric is null where undefined gives the reason under its name.
export interface Metrics {
  total_return_pct: number | null;
  cagr_pct: number | null;
  volatility_pct: number | null;
  sharpe: number | null;
  sortino: number | null;
  calmar: number | null;
  max_drawdown_pct: number | null;
  omega: number | null;
  skew: number | null;
  kurtosis: number | null;
  value_at_risk_pct: number | null;
  win_rate_pct: number | null;
  best_day_pct: number | null;
  worst_day_pct: number | null;
  alpha_pct: number | null;
  beta: number | null;
  information_ratio: number | null;
  exposure_pct: number | null;
  concentration: number | null;
  turnover: number | null;
  hit_rate_pct: number | null;
  holding_days: number | null;
  undefined: Record<string, string>;
}

// GET /results of one date
export interface DayResults {
  results: DayResult[];
}

export interface DayResult {
  date: string;
  positions: Record<string, number>; // shares by symbol, and money under CASH
  daily_pnl: DailyPnL;
  cumulative_pnl: CumulativePnL;
  ai_reasoning?: Reasoning;
  allocation?: Allocated[];
  trades?: Trade[];
  transcript?: TranscriptEntry[];
}

export interface DailyPnL {
  portfolio_value: number;
  return_pct: number | null;
}

export interface CumulativePnL {
  return_pct: number | null;
}

export interface Reasoning {
  total_steps: number;
  stop_reason: string;
  tokens: Tokens;
  cost_usd: number | null;
}

export interface Allocated {
  symbol: string;
  value: number;
  share_pct: number | null;
}

export interface Trade {
  action: "buy" | "sell";
  symbol: string;
  amount: number; // shares
  price: number;
  total: number;
  cash_after: number;
}

export interface TranscriptEntry {
  step: number; // 0: before the first one
  role: Role;
  content: string;
  reasoning?: string;
  arguments?: string;
  tool_name?: string;
  as_of?: string;
  tokens?: Tokens;
}

// GET /trades
export interface TradeList {
  trades: DatedTrade[];
  next?: string;
}

export interface DatedTrade extends Trade {
  date: string;
}

// GET /portfolio/timeseries
export interface TimeSeries {
  timeseries: Point[];
}

export interface Point {
  date: string;
  portfolio_value: number;
  cash: number;
  daily_return_pct: number | null;
  cumulative_return_pct: number | null;
}

// GET /prices/coverage
export interface Coverage {
  totals: CoverageTotals;
  symbols: SymbolCoverage[];
}

export interface CoverageTotals {
  symbols: number;
  bars: number;
  first_date: string | null;
  last_date: string | null;
  dates_with_prices: number;
  missing: string[]; // trading days without a bar of any symbol
  closed: string[]; // exchange holidays
}

export interface SymbolCoverage {
  symbol: string;
  first_date: string;
  last_date: string;
  bars: number;
  gaps: string[];
}

// POST /simulate/trigger, what the form sends
export interface TriggerBody {
  experiment?: string | null;
  models?: string[] | null;
  start_date?: string | null;
  end_date?: string | null;
  budget_usd?: number | null;
  replace_existing?: boolean;
}

// POST /simulate/trigger: a new job, the one that is active already, or none
export interface Triggered {
  job_id?: string;
  message: string;
}

// Any error
export interface Problem {
  message: string;
}
