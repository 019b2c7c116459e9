package api

// valuedAt explains the basis of a value.
const valuedAt = "The weakest price in portfolio_value. close: that of the day; open: the day's close is not known yet; " +
	"last_close: a symbol has no bar on the day and is valued at its last close before."

// pValue explains the outcome of a test.
const pValue = "The probability of a difference at least as large, in either direction, if there were none: " +
	"paired stationary bootstrap, 1,999 samples, adjusted for the number of tests by Holm's method."

// stopReason explains why a session ended.
const stopReason = "Why the session ended. finish_signal: the model was done; no_tool_calls: it answered twice without one; max_steps, " +
	"deadline, budget, context: it reached a limit. After truncated, filtered, text_tool_call and empty the day is broken: two answers " +
	"in a row were no decision."

const (
	brokenDays = "Closed days that ended with broken answers (stop_reason truncated, filtered, text_tool_call or empty): " +
		"the model did not decide to stop there."
	failedDays = "Dates on which a model-day failed and no later job closed one: the model held what it had."
	cachedPct  = "Percent of the input tokens that the provider read from its cache; null without input."
)

// Descriptions explains the members whose description does not fit into a tag, by
// type and JSON name.
var Descriptions = map[string]map[string]string{
	"AcceptedJob": {
		"superseded": "Closed days that left their books because of replace_existing; their results stay readable by job id.",
	},
	"UpToDate": {
		"last_simulation_date": "The date up to which all requested models are closed; null before the first close.",
	},
	"JobReport": {
		"interrupted": "Present, and true, while no process executes the unfinished job: `aitrader up`, or the same run again, continues it. " +
			"On one machine only.",
		"refused_orders": "Of a rescore that has ended, by model; absent in lists and in /simulate/current. A model may do better for what it " +
			"could not buy.",
		"warnings": "What was left out when the job was planned, which cash its models cannot invest on their first day, " +
			"and which prices did not arrive in time.",
		"status":      "completed: every model-day is closed; partial: some are; failed: none is, or the job itself failed.",
		"stop_reason": "budget: the job ended early because a budget was used up; null otherwise.",
	},
	"JobProgress": {
		"details": "Every model-day, in order of date and model; absent with details=false, from /simulate/current and in lists.",
	},
	"ModelDayDetail": {
		"stop_reason": stopReason + " Of a failed one: model_fault, a fault of the model that lasts; model_unreachable; " +
			"model_not_asked, after a model_fault; or null.",
	},
	"JobUsage": {
		"cached_pct": cachedPct,
		"calls":      "Requests to providers that have ended, those of retries and failed model-days included.",
		"cost_usd": "USD, exact: what counts against the budget. A call without a known usage, such as one that timed out, " +
			"counts as the most it can have cost. Null when a model that was called has no price.",
	},
	"ModelUsage": {"cached_pct": cachedPct},
	"DayResult":  {"broken": "Present where the day ended with broken answers, as their kind: the model did not decide to stop there."},
	"DailyPnL":   {"valued_at": valuedAt},
	"Point":      {"valued_at": valuedAt, "daily_return_pct": "Percent of the previous point of the curve; null for the initial cash."},
	"DailyValue": {"valued_at": "Present where portfolio_value is not based on the closes of the day. " + valuedAt},
	"Reasoning": {
		"cached_pct":      cachedPct,
		"stop_reason":     stopReason,
		"unguarded_calls": "Calls of tools of servers in mcp_servers, whose answers are not bound to the date; absent without any.",
		"news_refused":    "News items that searches found and withheld because they may be later than the date, by reason; absent without any.",
		"cost_usd":        "USD, exact, at most 10 decimals: the tokens at models[].price; null when the model has no price.",
	},
	"TranscriptEntry": {
		"unguarded": "Whether the tool is of a server in mcp_servers, whose answers are not bound to the date.",
	},
	"PeriodMetrics": {
		"starting_date": "The date of starting_portfolio_value; of the initial cash, the trading day before the model's first.",
		"annualized_return_pct": "Percent: 100 * ((ending / starting)^(365 / calendar_days) - 1); " +
			"null for fewer than two days, and above 1e11.",
	},
	"Performance": {
		"sharpe":            "mean(r) / sd(r) * sqrt(252), ddof 1, at a risk-free rate of 0 (Sharpe 1994).",
		"sortino":           "mean(r) / sqrt(mean(min(r, 0)^2)) * sqrt(252), over all days (Sortino and Price 1994).",
		"omega":             "sum(max(r, 0)) / -sum(min(r, 0)) (Keating and Shadwick 2002, threshold 0).",
		"value_at_risk_pct": "Percent: the 5 % quantile of r, historical, interpolated linearly.",
		"alpha_pct": "Percent per year: 100 * ((1 + mean(r - beta * b))^252 - 1), " +
			"where b are the returns of the benchmark on the same days (Jensen 1968).",
		"concentration": "The mean Herfindahl-Hirschman index of the holdings on days with any: 1 for a single one, 1/k for k equal ones.",
		"turnover": "(bought + sold) / 2 / mean value * 252 / days: how often the portfolio is replaced per year. " +
			"Needs detail=full.",
		"hit_rate_pct": "Percent of the sold lots with a profit after commissions, first in, first out. " +
			"Holdings from before the range count as bought at the close before it. Needs detail=full.",
		"holding_days": "The mean age of the sold lots in calendar days, weighted by shares. Needs detail=full.",
	},
	"Intervals": {
		"total_return_pct": "Percent, from and to: 95 % confidence by the stationary bootstrap (Politis and Romano 1994), " +
			"with 1,999 samples, blocks of mean length days^(1/3), and a fixed seed.",
	},
	"RangeResult": {"broken_days": brokenDays, "failed_days": failedDays, "cached_pct": cachedPct},
	"Standing": {
		"broken_days": brokenDays, "failed_days": failedDays, "cached_pct": cachedPct,
		"cumulative_return_pct": "Percent of the initial cash, or of the close of the trading day before start_date.",
		"last_date": "The closed day whose holdings are valued: the last one up to the date. " +
			"It is before the date where the model has no closed day on it.",
		"valued_at": valuedAt + " Absent where portfolio_value is null.",
		"rank":      "Counted from 1; equal returns share a rank. Models that failed before they closed a day share the one after all others.",
		"last_error": "Present where the model has failed before it closed a day: why its latest failed model-day did, as \"code: text\". " +
			"Without a date in the request, failures after the board's date count too.",
		"undefined": "Present where the model has failed before it closed a day: why its figures are null, by name.",
		"tier": "Models of a tier cannot be told apart from its best: the paired difference of their daily returns is not significant " +
			"at 0.05, divided by the number of models tested (Bonferroni). Null with fewer than 20 days.",
		"vs_random": "Against the built-in random model of the experiment's newest job, where it is on the board.",
	},
	"Benchmark": {
		"return_pct": "Percent from the close of the board's first date, or of the trading day before start_date, to the close of the date; " +
			"null when either is unknown.",
	},
	"Comparison": {
		"days": "Returns compared: those between dates on which every model with at least 20 returns has a close, " +
			"and the benchmark too where it is known.",
	},
	"Versus": {"p_value": pValue},
	"Pair":   {"p_value": pValue},
	"CoverageTotals": {
		"dates_with_prices": "The number of trading days that can be simulated: at least half of the universe has a bar.",
	},
}
