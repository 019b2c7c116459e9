package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
)

// printing wraps a store and prints the jobs that it creates. The embedded store
// implements all other methods.
type printing struct{ sim.Store }

// CreateJob implements [sim.Store].
func (s printing) CreateJob(ctx context.Context, n sim.NewJob) (sim.Job, error) {
	job, err := s.Store.CreateJob(ctx, n)
	fmt.Println("create", n.Job.ID, err)
	return job, err
}

// Engine and API take a sim.Store, so they take your wrapper too.
func ExampleOpen_wrap() {
	dir, err := os.MkdirTemp("", "aitrader-example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx := context.Background()
	file, err := sqlite.Open(ctx, filepath.Join(dir, "aitrader.db"))
	if err != nil {
		fmt.Println(err)
		return
	}
	var store sim.Store = printing{file}
	defer func() { _ = store.Close() }()

	monday, now := sim.MustParseDate("2025-10-06"), time.Date(2025, 10, 7, 12, 0, 0, 0, time.UTC)
	books, err := store.Heads(ctx, []sim.BookKey{{Experiment: "main", Model: "mine"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	job := sim.Job{
		ID: "job-1", Experiment: "main", Status: sim.JobPending, CreatedAt: now, UpdatedAt: now,
		Plan: sim.Plan{
			Dates:  []sim.Date{monday},
			Models: []sim.PlannedSpan{{Model: "mine", From: monday, To: monday}},
		},
		Settings: sim.Settings{InitialCash: 1000 * sim.Dollar, Models: []sim.ModelSpec{{Signature: "mine"}}},
	}
	planned := sim.NewJob{Job: job, Books: []sim.BookPlan{{Head: books[0]}}}
	if _, err := store.CreateJob(ctx, planned); err != nil {
		return
	}
	active, ok, err := store.ActiveJob(ctx, "main")
	fmt.Println("active", active.ID, ok, err)
	// Output:
	// create job-1 <nil>
	// active job-1 true <nil>
}
