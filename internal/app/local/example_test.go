package local_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"aitrader/internal/api"
	"aitrader/internal/app/local"
	"aitrader/internal/inprocess"
	"aitrader/internal/sim"
	"aitrader/internal/sqlite"
)

// A home is a folder. Open makes what is missing in it.
func ExampleOpen() {
	folder, err := os.MkdirTemp("", "aitrader-example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(folder) }()
	ctx := context.Background()
	home, err := local.Open(ctx, local.Options{
		Data: folder,
		// Five built-in models. Without Demo, configurations are in AITRADER_CONFIG_DIR or ./configs.
		Demo: true,
		Env:  func(string) string { return "" }, // os.Getenv in a program
		Now:  time.Now,
		Log:  slog.New(slog.DiscardHandler),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = home.Close() }()

	report, err := home.LoadSample(ctx)
	fmt.Println(report.Added > 0, err)
	_, err = os.Stat(filepath.Join(folder, local.StoreFile))
	fmt.Println(local.StoreFile, err)
	// Output:
	// true <nil>
	// aitrader.db <nil>
}

// openDemo opens a home as [ExampleOpen] does, and executes its jobs until end is called.
func openDemo() (home *local.Home, folder string, end func()) {
	folder, err := os.MkdirTemp("", "aitrader-example-")
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	home, err = local.Open(ctx, local.Options{
		Data: folder, Demo: true, Env: func(string) string { return "" }, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		panic(err)
	}
	if _, err := home.LoadSample(ctx); err != nil {
		panic(err)
	}
	executed := make(chan struct{})
	go func() {
		defer close(executed)
		home.Execute(ctx)
	}()
	return home, folder, func() {
		cancel()
		<-executed
		if err := errors.Join(home.Close(), os.RemoveAll(folder)); err != nil {
			panic(err)
		}
	}
}

// call makes a call of the API of a home, without a network, and decodes the answer.
func call(home *local.Home, method, path, body string, answer any) error {
	request, err := http.NewRequestWithContext(context.Background(), method, "http://localhost"+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	client := http.Client{Transport: inprocess.Transport{Handler: home.Handler()}}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusBadRequest {
		var problem api.Problem
		err := json.NewDecoder(response.Body).Decode(&problem)
		return errors.Join(fmt.Errorf("%s %s: %s: %s", method, path, response.Status, problem.Message), err)
	}
	return json.NewDecoder(response.Body).Decode(answer)
}

// runJob triggers a job of three days and waits for its end.
func runJob(home *local.Home) (sim.JobStatus, error) {
	var job api.AcceptedJob
	body := `{"start_date":"2025-10-01","end_date":"2025-10-03"}`
	if err := call(home, http.MethodPost, "/simulate/trigger", body, &job); err != nil {
		return "", err
	}
	for {
		var now struct{ Status sim.JobStatus }
		// The call returns when the job has ended, after 10 seconds at the latest.
		if err := call(home, http.MethodGet, "/simulate/status/"+job.JobID+"?wait=10&details=false", "", &now); err != nil {
			return "", err
		}
		if now.Status != sim.JobPending && now.Status != sim.JobRunning {
			return now.Status, nil
		}
	}
}

// Trigger a job over the handler of a home, and wait for its end.
func ExampleHome_Handler() {
	home, _, end := openDemo()
	defer end()

	fmt.Println(runJob(home))
	// Output: completed <nil>
}

// Read the leaderboard over the handler of a home.
func ExampleHome_Handler_leaderboard() {
	home, _, end := openDemo()
	defer end()
	if _, err := runJob(home); err != nil {
		fmt.Println(err)
		return
	}

	var board api.Leaderboard
	if err := call(home, http.MethodGet, "/leaderboard", "", &board); err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range board.Board {
		fmt.Println(s.Rank, s.Model, s.Value)
	}
	// Output:
	// 1 equal-weight 10104.87
	// 2 buy-and-hold 10065.04
	// 3 momentum 10023.54
	// 4 cash 10000
	// 5 random 9965.83
}

// Read the days of a book from the store of a home. Other programs can read the file
// while the home is open.
func ExampleHome_days() {
	home, folder, end := openDemo()
	defer end()
	if _, err := runJob(home); err != nil {
		fmt.Println(err)
		return
	}

	ctx := context.Background()
	store, err := sqlite.Open(ctx, filepath.Join(folder, local.StoreFile))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = store.Close() }()
	days, err := store.Days(ctx, sim.DayFilter{Experiment: "main", Model: "buy-and-hold"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, d := range days {
		fmt.Println(d.Ref.Date, d.Closing.Cash, d.Closing.Holdings, "fills:", len(d.Fills()))
	}
	// Output:
	// 2025-10-01 98.8 map[SYNTH:24] fills: 1
	// 2025-10-02 98.8 map[SYNTH:24] fills: 0
	// 2025-10-03 98.8 map[SYNTH:24] fills: 0
}
