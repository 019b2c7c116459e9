package sim

// TriggerRequest asks for a simulation. Every field is optional; the zero value
// asks for what is missing of all enabled models.
type TriggerRequest struct {
	Config     string   `json:"config"` // the name of a configuration; "": default
	Start      Date     `json:"start_date"`
	End        Date     `json:"end_date"`
	Models     []string `json:"models"`
	Experiment string   `json:"experiment"` // "": main
	Replace    bool     `json:"replace_existing"`
	// Budget, if not 0, replaces the budget of the configuration.
	Budget Money `json:"budget_usd,omitempty"`
	// Replicas, if above 1, is the number of books of each model; they differ only by
	// chance.
	Replicas int `json:"replicas,omitempty"`
	// ReplayOf, if not empty, is a job that is repeated from its transcripts, into an
	// experiment of its own.
	ReplayOf string `json:"replay_of,omitempty"`
	// RescoreOf, if not empty, is a job whose orders are executed again under Costs,
	// into an experiment of its own.
	RescoreOf string        `json:"rescore_of,omitempty"`
	Costs     *TradingCosts `json:"costs,omitempty"`
	// CallbackURL, if not empty, is called at the end of the job.
	CallbackURL CallbackURL `json:"callback_url,omitempty"`
	DryRun      bool        `json:"-"`
	// Caller identifies the API key; IdempotencyKey is chosen by the caller.
	Caller         string `json:"-"`
	IdempotencyKey string `json:"-"`
}

// TriggerOutcome says what a trigger did.
type TriggerOutcome string

// The outcomes of a trigger.
const (
	TriggerAccepted TriggerOutcome = "accepted" // a job was created
	TriggerSame     TriggerOutcome = "same"     // an active job runs it already
	TriggerCurrent  TriggerOutcome = "current"  // nothing is missing
	TriggerDryRun   TriggerOutcome = "dry_run"  // what would run
)

// TriggerResult is the answer to a trigger. Job is set for accepted, same and
// dry run (then it is not stored).
type TriggerResult struct {
	Outcome  TriggerOutcome
	Job      Job
	Warnings []string
	// LastDate is the last date up to which all asked models are closed, and
	// NextDate the trading day after it (outcome current).
	LastDate Date
	NextDate Date
}
