package engine

import (
	"context"
	"log/slog"
	"time"

	"aitrader/internal/sim"
)

// Engine executes jobs. All fields must be set, except Bars, Observer, Waits and Log.
type Engine struct {
	Store  Store
	Prices sim.PriceStore
	// Bars, if set, fetches the late bars of a date before it runs.
	Bars   Bars
	Trader Trader
	Now    func() time.Time
	// Holder names this process in leases; each start has a name of its own.
	Holder string
	// Exclusive is true where no other process can be at work, so that the leases of
	// other holders are void: where one process executes, or for a day whose process
	// is known to have died.
	Exclusive bool
	// DayTimeout bounds one model-day, as does the context's deadline if it is
	// sooner. A lease lasts as long, and for the time of a commit.
	DayTimeout time.Duration
	// Observer, if set, counts what this engine has done.
	Observer Observer
	// Waits, if set, shows what waits for a store that fails.
	Waits *Waits
	Log   *slog.Logger
}

// Observer counts what happens in this process. It is safe for concurrent use.
type Observer interface {
	// DayEnded is called when a model-day has been completed or has failed here.
	DayEnded(d DayAccount)
	// JobEnded is called when a job has been brought to its end here, with the time
	// since it was triggered: at most once, and not at all for an end that is stored
	// just before the process dies.
	JobEnded(status sim.JobStatus, took time.Duration)
}

// DayAccount describes a model-day to an observer.
type DayAccount struct {
	Key    sim.ModelDayKey
	Status sim.ModelDayStatus
	Took   time.Duration // since its claim
	// Session is the account of the conversation; empty for a failed model-day.
	Session sim.Session
}

// Trader runs the session of a model-day: it gets what the model may know, and
// returns what the model did. An error fails the day; the text of a [sim.Error] is
// shown to users.
type Trader interface {
	Trade(ctx context.Context, a Assignment) (sim.Outcome, error)
}

// Assignment is everything that a trader knows about its day.
type Assignment struct {
	Key        sim.ModelDayKey
	Experiment string
	Settings   sim.Settings
	Model      sim.ModelSpec
	// Opening is the ledger before the session: the last close, changed by the
	// splits and dividends since, which are listed in Actions.
	Opening  sim.Ledger
	Actions  []sim.Entry
	FirstDay bool
	View     sim.View
}

// Reasons of model-days that ended without an account of their own.
const (
	reasonLost      = "lost: the run ended without a result"
	reasonCancelled = "cancelled: the job was cancelled before the day was closed"
)

func (e *Engine) log() *slog.Logger {
	if e.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return e.Log.With("logger", "engine")
}

// dayEnded reports a model-day to the observer.
func (e *Engine) dayEnded(g sim.Grant, key sim.ModelDayKey, status sim.ModelDayStatus, session sim.Session) {
	if e.Observer != nil {
		e.Observer.DayEnded(DayAccount{Key: key, Status: status, Took: e.Now().Sub(g.Started), Session: session})
	}
}
