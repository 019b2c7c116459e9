package api

import (
	"net/url"
	"time"

	"aitrader/internal/sim"
)

// JobReport is the state of a job.
type JobReport struct {
	JobID         string        `json:"job_id" doc:"The id of the job."`
	Status        sim.JobStatus `json:"status" enum:"pending,running,completed,partial,failed,cancelled"`
	Experiment    string        `json:"experiment" doc:"The namespace of the portfolios."`
	DateRange     []sim.Date    `json:"date_range" doc:"The trading dates of the job, in order."`
	Models        []string      `json:"models" doc:"The signatures of the job."`
	Progress      JobProgress   `json:"progress" doc:"How far the job is."`
	CreatedAt     time.Time     `json:"created_at" doc:"When the job was created."`
	StartedAt     *time.Time    `json:"started_at" doc:"When its first date began."`
	UpdatedAt     time.Time     `json:"updated_at" doc:"When it last made progress: the heartbeat."`
	CompletedAt   *time.Time    `json:"completed_at" doc:"When it ended."`
	TotalDuration *float64      `json:"total_duration_seconds" doc:"From its start to its end, in seconds; null until it has ended."`
	Error         *string       `json:"error" doc:"Why the job as a whole failed."`
	StopReason    *string       `json:"stop_reason"`
	Usage         *JobUsage     `json:"usage,omitempty" doc:"What its models used and cost; absent before the first call of a provider."`
	Warnings      []string      `json:"warnings"`
	Interrupted   bool          `json:"interrupted,omitempty"`
	Refused       []Refused     `json:"refused_orders,omitempty"`
	DetailsNext   string        `json:"details_next,omitempty" doc:"More details follow: pass this value as details_next."`
}

// Refused counts the orders of a model in a rescore.
type Refused struct {
	Model   string `json:"model" doc:"The signature of the model."`
	Orders  int    `json:"orders" doc:"The orders that were executed again."`
	Refused int    `json:"refused" doc:"Those of them that were refused: the cash no longer pays for them."`
}

// StatusPath is where the service reports a job.
func StatusPath(jobID string) string { return "/simulate/status/" + url.PathEscape(jobID) }

// Counts counts model-days by status.
type Counts struct {
	Total     int `json:"total_model_days" doc:"All model-days of the job: (model, date) pairs."`
	Completed int `json:"completed" doc:"Model-days that are closed."`
	Failed    int `json:"failed" doc:"Model-days that failed for good and left nothing behind."`
	Running   int `json:"running" doc:"Model-days in progress."`
	Pending   int `json:"pending" doc:"Model-days that have not started."`
	Skipped   int `json:"skipped" doc:"Model-days that will not run: their book is closed beyond the date, or the job ended before."`
	Broken    int `json:"broken" doc:"Completed model-days that ended with broken answers, which are no decisions."`
}

// JobProgress is how far a job is. It is Counts with the model-days themselves.
type JobProgress struct {
	Counts
	Current *CurrentModelDay `json:"current" doc:"A model-day in progress; null when none is."`
	Details []ModelDayDetail `json:"details,omitempty"`
}

// Ended returns the number of model-days that are over, whatever their outcome.
func (c Counts) Ended() int { return c.Completed + c.Failed + c.Skipped }

// CurrentModelDay names a model-day in progress.
type CurrentModelDay struct {
	Date  sim.Date `json:"date"`
	Model string   `json:"model"`
}

// ModelDayDetail is the state of one model-day.
type ModelDayDetail struct {
	Date            sim.Date           `json:"date" doc:"The trading date."`
	Model           string             `json:"model" doc:"The signature of the model."`
	Status          sim.ModelDayStatus `json:"status" enum:"pending,running,completed,failed,skipped" doc:"Its state."`
	StartedAt       *time.Time         `json:"started_at" doc:"When its last attempt began."`
	CompletedAt     *time.Time         `json:"completed_at" doc:"When it ended."`
	DurationSeconds *float64           `json:"duration_seconds" doc:"From started_at to completed_at, in seconds."`
	Attempt         int                `json:"attempt" doc:"The number of its last attempt, counted from 1; 0 before the first."`
	Error           *string            `json:"error" doc:"Why it failed or was skipped, as code: text."`
	StopReason      *string            `json:"stop_reason"`
}

// JobList is a page of jobs.
type JobList struct {
	Jobs []JobReport `json:"jobs" doc:"The jobs, newest first, without details."`
	Next string      `json:"next,omitempty" doc:"More jobs follow: pass this value as next."`
}

// JobUsage is what the calls of a job's models used and cost.
type JobUsage struct {
	Calls       int            `json:"calls"`
	Tokens      Tokens         `json:"tokens" doc:"The tokens of these calls, as reported by the providers."`
	CachedPct   *sim.Percent   `json:"cached_pct" nullable:"true"`
	CostUSD     *sim.TokenCost `json:"cost_usd" nullable:"true"`
	ReservedUSD sim.TokenCost  `json:"reserved_usd" doc:"USD: the most that calls in flight may cost."`
	BudgetUSD   *sim.Money     `json:"budget_usd" nullable:"true" doc:"USD that the job may cost; null: unlimited."`
	Models      []ModelUsage   `json:"models" doc:"The same by model."`
}

// ModelUsage is what the calls of one model of a job used and cost.
type ModelUsage struct {
	Model       string         `json:"model" doc:"The signature of the model."`
	Calls       int            `json:"calls" doc:"Requests to its provider that have ended."`
	Tokens      Tokens         `json:"tokens" doc:"The tokens of these calls, as reported by the provider."`
	CachedPct   *sim.Percent   `json:"cached_pct" nullable:"true"`
	CostUSD     *sim.TokenCost `json:"cost_usd" nullable:"true" doc:"USD, counted as for the job; null when the model has no price."`
	ReservedUSD sim.TokenCost  `json:"reserved_usd" doc:"USD: the most that calls in flight may cost."`
	BudgetUSD   *sim.Money     `json:"budget_usd" nullable:"true" doc:"USD that the model may cost per job; null: no limit of its own."`
	Exhausted   bool           `json:"exhausted" doc:"Whether its own budget is used up; it runs no later date of the job then."`
}

// Tokens counts tokens.
type Tokens struct {
	Input     int64 `json:"input" doc:"Tokens read, cached ones included."`
	Output    int64 `json:"output" doc:"Tokens written."`
	Cached    int64 `json:"cached" doc:"Input tokens that the provider had cached."`
	Reasoning int64 `json:"reasoning" doc:"Output tokens spent on reasoning."`

	CacheWrite int64 `json:"cache_write,omitempty" doc:"Input tokens that the provider wrote to its cache."`
}
