package sim

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// JobStatus is the state of a job.
type JobStatus string

// The states of a job. The last four are terminal.
const (
	JobPending   JobStatus = "pending"   // accepted, not started
	JobRunning   JobStatus = "running"   // its dates are walked
	JobCompleted JobStatus = "completed" // every model-day is completed
	JobPartial   JobStatus = "partial"   // some model-days are completed
	JobFailed    JobStatus = "failed"    // none is, or the job itself broke
	JobCancelled JobStatus = "cancelled" // somebody stopped it
)

// Terminal reports whether a job in this state has ended.
func (s JobStatus) Terminal() bool { return s != JobPending && s != JobRunning }

// ModelDayStatus is the state of a model-day.
type ModelDayStatus string

// The states of a model-day. The last three are terminal.
const (
	ModelDayPending   ModelDayStatus = "pending"
	ModelDayRunning   ModelDayStatus = "running"
	ModelDayCompleted ModelDayStatus = "completed"
	ModelDayFailed    ModelDayStatus = "failed"
	ModelDaySkipped   ModelDayStatus = "skipped"
)

// Terminal reports whether a model-day in this state is over.
func (s ModelDayStatus) Terminal() bool { return s != ModelDayPending && s != ModelDayRunning }

// Job is dates x models of one experiment. It runs from the settings that it
// stored when it was created, whatever changes meanwhile.
type Job struct {
	ID         string
	Experiment string
	Status     JobStatus
	Plan       Plan
	Settings   Settings
	// RequestHash identifies the request that made the job, so that the same
	// request finds the same job.
	RequestHash string
	// Warnings are for the person who triggered: what was left out when the job was
	// planned, which prices did not come before a date, and why.
	Warnings []string
	// Superseded lists the days that the job's rewind took out of their books.
	Superseded []SupersededDay
	// CancelRequested is set by cancel and looked at by everybody who works.
	CancelRequested bool
	// Error says why a job failed as a whole.
	Error string
	// StopReason is [StopBudget] when a job ended before its last date because
	// nothing was left to spend, and else empty.
	StopReason StopReason
	// ClosedThrough is the last date that was rolled up.
	ClosedThrough Date

	CreatedAt   time.Time
	StartedAt   time.Time // zero until the first date is named
	UpdatedAt   time.Time // the heartbeat
	CompletedAt time.Time // zero until the end
}

// JobState is what those who work on a job look at again and again: the part of it
// that changes as it goes on.
type JobState struct {
	Status          JobStatus
	CancelRequested bool
	ClosedThrough   Date
}

// State returns the job's state.
func (j Job) State() JobState {
	return JobState{Status: j.Status, CancelRequested: j.CancelRequested, ClosedThrough: j.ClosedThrough}
}

// In returns the job in a later state.
func (j Job) In(s JobState) Job {
	j.Status, j.CancelRequested, j.ClosedThrough = s.Status, s.CancelRequested, s.ClosedThrough
	return j
}

// maxWarnings bounds the warnings of a job: a job of years may meet the same
// trouble on each of its dates.
const maxWarnings = 100

// AddWarnings adds warnings to those that are there, each of them once, as long as
// there are not too many.
func AddWarnings(have []string, more ...string) []string {
	for _, w := range more {
		if len(have) < maxWarnings && !slices.Contains(have, w) {
			have = append(have[:len(have):len(have)], w)
		}
	}
	return have
}

// SupersededDay names a closed day that a rewind took out of its book.
type SupersededDay struct {
	Model string `json:"model"`
	Date  Date   `json:"date"`
	JobID string `json:"job_id"`
}

// Settings are the resolved configuration of a job, without any secret.
type Settings struct {
	Config      string       `json:"config"` // the name of the configuration
	Models      []ModelSpec  `json:"models"` // in the order of the configuration
	Benchmark   string       `json:"benchmark"`
	Universe    []string     `json:"universe,omitempty"` // empty: all symbols with bars but the benchmark
	InitialCash Money        `json:"initial_cash"`
	Costs       TradingCosts `json:"costs"`
	Fractional  bool         `json:"fractional_shares"`
	MaxSteps    int          `json:"max_steps"`
	MaxRetries  int          `json:"max_retries"`
	BaseDelay   Seconds      `json:"base_delay"`
	CallTimeout Seconds      `json:"timeout_seconds"`
	MaxParallel int          `json:"max_parallel"`
	// Budget is the most that all models of the job may cost; 0: no bound.
	Budget Money `json:"budget_usd,omitempty"`
	// ReplayOf is the job whose sessions are played back instead of asking providers.
	ReplayOf string `json:"replay_of,omitempty"`
	// RescoreOf is the job whose orders are given again, under these costs.
	RescoreOf string `json:"rescore_of,omitempty"`
	// News are what the models can search besides the prices.
	News NewsSettings `json:"news,omitzero"`
	// Prices are where bars come from that are not there yet.
	Prices PriceSource `json:"prices,omitzero"`
	// MCPServers are somebody else's servers whose tools join the sessions.
	MCPServers []MCPServer `json:"mcp_servers,omitempty"`
}

// MCPServer is a server of tools that is not part of this program. Nothing keeps
// what it says to the date of a session.
type MCPServer struct {
	Name  string   `json:"name"`
	URL   string   `json:"url"`
	Tools []string `json:"tools,omitempty"` // empty: all that it offers
}

// outside separates the name of such a server from that of its tool.
const outside = "__"

// OutsideTool is the name under which a tool of an [MCPServer] joins a session.
func OutsideTool(server, tool string) string { return server + outside + tool }

// IsOutside reports whether a tool is of an [MCPServer].
func IsOutside(tool string) bool { return strings.Contains(tool, outside) }

// Seconds is a duration that JSON writes as a number of seconds.
type Seconds float64

// Duration returns the duration.
func (s Seconds) Duration() time.Duration { return time.Duration(float64(s) * float64(time.Second)) }

// Model returns the specification of a signature.
func (s Settings) Model(signature string) (ModelSpec, bool) {
	i := slices.IndexFunc(s.Models, func(m ModelSpec) bool { return m.Signature == signature })
	if i < 0 {
		return ModelSpec{}, false
	}
	return s.Models[i], true
}

// ModelSpec is one configured contestant, without its key.
type ModelSpec struct {
	Signature string         `json:"signature"`
	Name      string         `json:"name"`
	BaseModel string         `json:"basemodel"`
	BaseURL   string         `json:"openai_base_url,omitempty"`
	Params    map[string]any `json:"params,omitempty"`
	Prompt    string         `json:"prompt,omitempty"`
	// Price is what its tokens cost; nil: not known. Budget is the most that it may
	// cost in one job; 0: no bound.
	Price  *TokenPrice `json:"price,omitempty"`
	Budget Money       `json:"budget_usd,omitempty"`
}

// replicaMark separates the signature of a model from the number of a replica: no
// configured signature has it.
const replicaMark = "~"

// Replica is the signature of a model's nth book in a job; the first is its own.
func Replica(signature string, n int) string {
	if n == 1 {
		return signature
	}
	return signature + replicaMark + strconv.Itoa(n)
}

// ReplicaOf returns the signature of the model whose replica a signature may be.
func ReplicaOf(signature string) string {
	base, _, _ := strings.Cut(signature, replicaMark)
	return base
}

// WithReplicas returns settings in which each model has n books.
func (s Settings) WithReplicas(n int) Settings {
	models := make([]ModelSpec, 0, len(s.Models)*max(n, 1))
	for _, m := range s.Models {
		for i := 1; i <= max(n, 1); i++ {
			copied := m
			copied.Signature = Replica(m.Signature, i)
			models = append(models, copied)
		}
	}
	s.Models = models
	return s
}

// Offline reports whether the model needs no provider: it is built in, or plays a
// recording.
func (m ModelSpec) Offline() bool {
	return strings.HasPrefix(m.BaseModel, BuiltinPrefix) || strings.HasPrefix(m.BaseModel, RecordedPrefix)
}

// Prefixes of base models that need no provider.
const (
	BuiltinPrefix  = "builtin/"
	RecordedPrefix = "recorded/"
)

// ModelDayKey names a model-day.
type ModelDayKey struct {
	JobID string `json:"job_id"`
	Date  Date   `json:"date"`
	Model string `json:"model"`
}

// ModelDay is one model on one date of a job: the unit of work, retry and
// commit. A planned model-day that nobody has claimed is pending.
type ModelDay struct {
	ModelDayKey
	Status      ModelDayStatus
	Attempt     int // 1 for the first try
	StartedAt   time.Time
	CompletedAt time.Time
	Error       string // "code: text" of a failed or skipped one
	StopReason  StopReason
}

// Progress counts the model-days of a job.
type Progress struct {
	Total     int `json:"total_model_days"`
	Completed int `json:"completed"`
	Failed    int `json:"failed"`
	Running   int `json:"running"`
	Pending   int `json:"pending"`
	Skipped   int `json:"skipped"`
}

// NewProgress completes the stored counts of a job with what follows from its
// plan: what nobody has claimed is pending, or skipped once the job is over.
func NewProgress(j Job, stored map[ModelDayStatus]int) Progress {
	p := Progress{
		Total: j.Plan.Total(), Completed: stored[ModelDayCompleted], Failed: stored[ModelDayFailed],
		Running: stored[ModelDayRunning], Skipped: stored[ModelDaySkipped],
	}
	open := p.Total - p.Completed - p.Failed - p.Running - p.Skipped
	if j.Status.Terminal() {
		p.Skipped += open
	} else {
		p.Pending = open
	}
	return p
}

// FinalStatus returns how a job ends with this progress, when nobody cancelled
// it and it did not break.
func (p Progress) FinalStatus() JobStatus {
	switch {
	case p.Completed == p.Total && p.Total > 0:
		return JobCompleted
	case p.Completed > 0:
		return JobPartial
	default:
		return JobFailed
	}
}
