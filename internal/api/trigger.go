package api

import (
	"time"

	"aitrader/internal/sim"
)

// AcceptedJob is the answer when a job was created.
type AcceptedJob struct {
	JobID           string          `json:"job_id" doc:"The id of the new job."`
	Status          string          `json:"status" enum:"accepted" doc:"Always accepted."`
	Experiment      string          `json:"experiment" doc:"The namespace of the portfolios."`
	DateRange       []sim.Date      `json:"date_range" doc:"The trading dates it runs, in order."`
	Models          []string        `json:"models" doc:"The signatures it runs."`
	TotalModelDays  int             `json:"total_model_days" doc:"The number of (model, date) pairs it runs."`
	CreatedAt       time.Time       `json:"created_at" doc:"When the job was created."`
	Message         string          `json:"message" doc:"What happened, for a person."`
	Warnings        []string        `json:"warnings,omitempty" doc:"What was left out, and why."`
	SupersededItems []SupersededDay `json:"superseded,omitempty"`
}

// SupersededDay names a closed day that a rewind took out of its book.
type SupersededDay struct {
	Model string   `json:"model" doc:"The signature of the model."`
	Date  sim.Date `json:"date" doc:"The trading date."`
	JobID string   `json:"job_id" doc:"The job that closed the day."`
}

// SameJob is the answer when an active job already does the work.
type SameJob struct {
	JobID          string        `json:"job_id" doc:"The id of the active job."`
	Status         sim.JobStatus `json:"status" enum:"pending,running" doc:"Its status."`
	Experiment     string        `json:"experiment" doc:"The namespace of the portfolios."`
	DateRange      []sim.Date    `json:"date_range" doc:"The trading dates it runs, in order."`
	Models         []string      `json:"models" doc:"The signatures it runs."`
	TotalModelDays int           `json:"total_model_days" doc:"The number of (model, date) pairs it runs."`
	CreatedAt      time.Time     `json:"created_at" doc:"When the job was created."`
	Progress       Counts        `json:"progress" doc:"How far the job is."`
	Message        string        `json:"message" doc:"What happened, for a person."`
	Warnings       []string      `json:"warnings,omitempty" doc:"What was left out, and why."`
}

// UpToDate is the answer when nothing is missing.
type UpToDate struct {
	Status             string    `json:"status" enum:"current" doc:"Always current."`
	Message            string    `json:"message" doc:"What happened, for a person."`
	LastSimulationDate *sim.Date `json:"last_simulation_date" nullable:"true"`
	NextTradingDay     *sim.Date `json:"next_trading_day" nullable:"true" doc:"The trading day after last_simulation_date."`
	Warnings           []string  `json:"warnings,omitempty" doc:"What was left out, and why."`
}

// DryRun is the answer to a dry run.
type DryRun struct {
	Status          string          `json:"status" enum:"dry_run" doc:"Always dry_run."`
	Experiment      string          `json:"experiment" doc:"The namespace of the portfolios."`
	DateRange       []sim.Date      `json:"date_range" doc:"The trading dates that would run, in order."`
	Models          []string        `json:"models" doc:"The signatures that would run."`
	TotalModelDays  int             `json:"total_model_days" doc:"The number of (model, date) pairs that would run."`
	Message         string          `json:"message" doc:"What happened, for a person."`
	Warnings        []string        `json:"warnings,omitempty" doc:"What would be left out, and why."`
	SupersededItems []SupersededDay `json:"superseded,omitempty" doc:"Closed days that would leave their books."`
}

// CancelledJob is the answer to a cancellation.
type CancelledJob struct {
	JobID   string        `json:"job_id" doc:"The id of the job."`
	Status  sim.JobStatus `json:"status" enum:"pending,running,completed,partial,failed,cancelled" doc:"Its status now."`
	Message string        `json:"message" doc:"What happens next, for a person."`
}
