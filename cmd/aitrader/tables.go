package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"text/tabwriter"

	"aitrader/internal/sim"
)

// show asks the API of the store and prints the answer: as it is with --json,
// and else by the given function.
func show[T any](ctx context.Context, p *program, path string, query url.Values, print func(w io.Writer, answer T)) error {
	from, err := p.reading(ctx)
	if err != nil {
		return err
	}
	return showFrom(ctx, p, from, path, query, print)
}

// showFrom is show for a service that is open, which it closes.
func showFrom[T any](ctx context.Context, p *program, from *service, path string, query url.Values, print func(w io.Writer, answer T)) (err error) {
	defer closing(from, &err)
	var raw json.RawMessage
	if err := from.api.get(ctx, path, query, &raw); err != nil {
		return err
	}
	if p.flags.JSON {
		return p.printAnswer(raw)
	}
	var answer T
	if err := json.Unmarshal(raw, &answer); err != nil {
		return err
	}
	return p.table(func(w io.Writer) { print(w, answer) })
}

// printAnswer prints an answer of the API as it is.
func (p *program) printAnswer(raw json.RawMessage) error {
	_, err := fmt.Fprintln(p.stdout, strings.TrimSpace(string(raw)))
	return err
}

// table prints lines whose cells are separated by spending.
func (p *program) table(print func(w io.Writer)) error {
	w := tabwriter.NewWriter(p.stdout, 0, 4, 2, ' ', 0)
	print(w)
	return w.Flush()
}

// closing closes something at the end of a function, and reports its error if
// there is no other.
func closing(c io.Closer, err *error) {
	if closeErr := c.Close(); *err == nil {
		*err = closeErr
	}
}

// query makes query parameters of those values that are not empty.
func query(pairs ...string) url.Values {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q
}

// dash prints what is unknown as a dash.
func dash[T fmt.Stringer](v *T) string {
	if v == nil {
		return "-"
	}
	return (*v).String()
}

type leaderboardCmd struct {
	Date       string `help:"The close that counts." placeholder:"D"`
	Start      string `help:"Count from the close before this date instead of the first one." placeholder:"D"`
	Experiment string `help:"Experiment." default:"main"`
}

type board struct {
	Date        sim.Date `json:"date"`
	Leaderboard []struct {
		Rank   int          `json:"rank"`
		Model  string       `json:"model"`
		Value  sim.Money    `json:"portfolio_value"`
		Return *sim.Percent `json:"cumulative_return_pct"`
		First  sim.Date     `json:"first_date"`
		Tier   *int         `json:"tier"`
	} `json:"leaderboard"`
	Benchmark struct {
		Symbol string       `json:"symbol"`
		Return *sim.Percent `json:"return_pct"`
	} `json:"benchmark"`
}

// Run prints the ranking.
func (c leaderboardCmd) Run(ctx context.Context, p *program) error {
	return show(ctx, p, "/leaderboard", query("date", c.Date, "start_date", c.Start, "experiment", c.Experiment), printBoard)
}

func printBoard(w io.Writer, b board) {
	fmt.Fprintf(w, "Leaderboard at the close of %s\n\n", b.Date)
	fmt.Fprintln(w, "RANK\tMODEL\tVALUE USD\tRETURN %\tSINCE\tTIER")
	for _, r := range b.Leaderboard {
		tier := "-"
		if r.Tier != nil {
			tier = strconv.Itoa(*r.Tier)
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", r.Rank, r.Model, r.Value.Fixed2(), dash(r.Return), r.First, tier)
	}
	if b.Benchmark.Symbol != "" {
		fmt.Fprintf(w, "\t%s (benchmark)\t\t%s\t\t\n", b.Benchmark.Symbol, dash(b.Benchmark.Return))
	}
}

type resultsCmd struct {
	Date       string `help:"One date." placeholder:"D" xor:"when"`
	Start      string `help:"First date of a range." placeholder:"D" xor:"when"`
	End        string `help:"Last date of a range." placeholder:"D"`
	Model      string `help:"One model only." placeholder:"SIGNATURE"`
	Job        string `help:"The days that this job closed, superseded ones too." placeholder:"JOB"`
	Experiment string `help:"Experiment." default:"main"`
}

type dayResults struct {
	Date    sim.Date `json:"date"`
	Results []struct {
		Model     string                     `json:"model"`
		Date      sim.Date                   `json:"date"`
		Positions map[string]json.RawMessage `json:"positions"`
		Daily     struct {
			Return   *sim.Percent `json:"return_pct"`
			Value    sim.Money    `json:"portfolio_value"`
			ValuedAt string       `json:"valued_at"`
		} `json:"daily_pnl"`
		Cumulative struct {
			Return *sim.Percent `json:"return_pct"`
		} `json:"cumulative_pnl"`
	} `json:"results"`
}

type rangeResults struct {
	Results []struct {
		Model  string   `json:"model"`
		Start  sim.Date `json:"start_date"`
		End    sim.Date `json:"end_date"`
		Period struct {
			Starting sim.Money    `json:"starting_portfolio_value"`
			Ending   sim.Money    `json:"ending_portfolio_value"`
			Return   *sim.Percent `json:"period_return_pct"`
			Days     int          `json:"trading_days"`
		} `json:"period_metrics"`
	} `json:"results"`
}

// Run prints the results of one date with holdings, or of a range with returns.
func (c resultsCmd) Run(ctx context.Context, p *program) error {
	q := query("date", c.Date, "start_date", c.Start, "end_date", c.End, "model", c.Model, "job_id", c.Job, "experiment", c.Experiment)
	if c.Date != "" {
		return show(ctx, p, "/results", q, printDay)
	}
	return show(ctx, p, "/results", q, printRange)
}

func printDay(w io.Writer, r dayResults) {
	fmt.Fprintln(w, "DATE\tMODEL\tVALUE USD\tDAY %\tTOTAL %\tVALUED AT\tPOSITIONS")
	for _, m := range r.Results {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", m.Date, m.Model, m.Daily.Value.Fixed2(),
			dash(m.Daily.Return), dash(m.Cumulative.Return), m.Daily.ValuedAt, listPositions(m.Positions))
	}
}

func listPositions(positions map[string]json.RawMessage) string {
	var parts []string
	for symbol, quantity := range positions {
		if symbol != "CASH" {
			parts = append(parts, symbol+" "+string(quantity))
		}
	}
	sort.Strings(parts)
	return strings.Join(append(parts, "CASH "+string(positions["CASH"])), ", ")
}

func printRange(w io.Writer, r rangeResults) {
	fmt.Fprintln(w, "MODEL\tFROM\tTO\tDAYS\tSTART USD\tEND USD\tRETURN %")
	for _, m := range r.Results {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\n", m.Model, m.Start, m.End, m.Period.Days,
			m.Period.Starting.Fixed2(), m.Period.Ending.Fixed2(), dash(m.Period.Return))
	}
}

type modelsCmd struct{}

// Run lists the configured models.
func (modelsCmd) Run(ctx context.Context, p *program) error {
	type models struct {
		Models []struct {
			Signature string `json:"signature"`
			Name      string `json:"name"`
			BaseModel string `json:"basemodel"`
			Enabled   bool   `json:"enabled"`
		} `json:"models"`
	}
	from, err := p.service(ctx) // what is configured needs no store yet
	if err != nil {
		return err
	}
	return showFrom(ctx, p, from, "/models", nil, func(w io.Writer, answer models) {
		fmt.Fprintln(w, "SIGNATURE\tNAME\tBASE MODEL\tENABLED")
		for _, m := range answer.Models {
			fmt.Fprintf(w, "%s\t%s\t%s\t%t\n", m.Signature, m.Name, m.BaseModel, m.Enabled)
		}
	})
}

type experimentsCmd struct{}

// Run lists the books of every experiment.
func (experimentsCmd) Run(ctx context.Context, p *program) error {
	type experiments struct {
		Experiments []struct {
			Experiment string `json:"experiment"`
			Books      []struct {
				Model    string   `json:"model"`
				LastDate sim.Date `json:"last_date"`
			} `json:"books"`
		} `json:"experiments"`
	}
	return show(ctx, p, "/experiments", nil, func(w io.Writer, answer experiments) {
		fmt.Fprintln(w, "EXPERIMENT\tMODEL\tCLOSED UP TO")
		for _, e := range answer.Experiments {
			for _, b := range e.Books {
				fmt.Fprintf(w, "%s\t%s\t%s\n", e.Experiment, b.Model, b.LastDate)
			}
		}
	})
}
