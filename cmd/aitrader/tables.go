package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"aitrader/internal/api"
	"aitrader/internal/sim"
)

// show asks the API and prints the answer: as it is with --json, and by a function
// otherwise.
func show[T any](ctx context.Context, p *program, path string, query url.Values, render func(w io.Writer, answer T)) error {
	from, err := p.reading(ctx)
	if err != nil {
		return err
	}
	return showFrom(ctx, p, from, path, query, render)
}

// showFrom is show for an open service, which it closes.
func showFrom[T any](
	ctx context.Context, p *program, from *service, path string, query url.Values, render func(w io.Writer, answer T),
) (err error) {
	defer closing(from, &err)
	var raw json.RawMessage
	if err := from.client.get(ctx, path, query, &raw); err != nil {
		return err
	}
	if p.flags.JSON {
		return p.printAnswer(raw)
	}
	var answer T
	if err := json.Unmarshal(raw, &answer); err != nil {
		return err
	}
	return p.table(func(w io.Writer) { render(w, answer) })
}

// printAnswer prints an answer of the API unchanged.
func (p *program) printAnswer(raw json.RawMessage) error {
	_, err := fmt.Fprintln(p.stdout, strings.TrimSpace(string(raw)))
	return err
}

// table prints lines whose cells are separated by tabs.
func (p *program) table(render func(w io.Writer)) error {
	w := tabwriter.NewWriter(p.stdout, 0, 4, 2, ' ', 0)
	render(w)
	return w.Flush()
}

// closing closes something at the end of a function, and reports the error unless
// there is an earlier one.
func closing(c io.Closer, err *error) {
	if closeErr := c.Close(); *err == nil {
		*err = closeErr
	}
}

// query makes parameters of the pairs of name and value whose value is not empty.
func query(pairs ...string) url.Values {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q
}

// dash prints an unknown value as a dash.
func dash[T fmt.Stringer](v *T) string {
	if v == nil {
		return "-"
	}
	return (*v).String()
}

type leaderboardCmd struct {
	Date       string `help:"Close to rank at. Default: the experiment's last close." placeholder:"D"`
	Start      string `help:"Count returns from the close before this date. Default: from the initial cash." placeholder:"D"`
	Experiment string `help:"Experiment." default:"main"`
}

// Run prints the ranking.
func (c leaderboardCmd) Run(ctx context.Context, p *program) error {
	return show(ctx, p, "/leaderboard", query("date", c.Date, "start_date", c.Start, "experiment", c.Experiment), printBoard)
}

func printBoard(w io.Writer, b api.Leaderboard) {
	fmt.Fprintf(w, "Leaderboard at the close of %s\n\n", b.Date)
	fmt.Fprintln(w, "RANK\tMODEL\tVALUE USD\tRETURN %\tSINCE\tTIER\tBROKEN\tFAILED")
	for _, r := range b.Board {
		tier := "-"
		if r.Tier != nil {
			tier = strconv.Itoa(*r.Tier)
		}
		value := "-"
		if r.Value != nil {
			value = r.Value.Fixed2()
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%d\t%d\n", r.Rank, r.Model, value, dash(r.ReturnPct), dash(r.FirstDate), tier,
			r.BrokenDays, r.FailedDays)
	}
	if b.Benchmark.Symbol != "" {
		fmt.Fprintf(w, "\t%s (benchmark)\t\t%s\t\t\t\t\n", b.Benchmark.Symbol, dash(b.Benchmark.ReturnPct))
	}
	for _, r := range b.Board {
		if r.Failed() {
			fmt.Fprintf(w, "\n%s has closed no day: %s", r.Model, r.LastError)
		}
	}
	if slices.ContainsFunc(b.Board, api.Standing.Failed) {
		fmt.Fprintln(w)
	}
}

type resultsCmd struct {
	Date       string `help:"One date." placeholder:"D" xor:"when"`
	Start      string `help:"First date of a range." placeholder:"D" xor:"when"`
	End        string `help:"Last date of a range." placeholder:"D"`
	Model      string `help:"Only this model." placeholder:"SIGNATURE"`
	Job        string `help:"Only days that this job closed, superseded ones included." placeholder:"JOB"`
	Experiment string `help:"Experiment." default:"main"`
}

// Run prints the results of one date with holdings, or of a range with returns.
func (c resultsCmd) Run(ctx context.Context, p *program) error {
	q := query("date", c.Date, "start_date", c.Start, "end_date", c.End, "model", c.Model, "job_id", c.Job, "experiment", c.Experiment)
	if c.Date != "" {
		return show(ctx, p, "/results", q, printDay)
	}
	return show(ctx, p, "/results", q, printRange)
}

func printDay(w io.Writer, r api.DayResults) {
	fmt.Fprintln(w, "DATE\tMODEL\tVALUE USD\tDAY %\tTOTAL %\tVALUED AT\tPOSITIONS")
	for _, m := range r.Results {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", m.Date, m.Model, m.DailyPnL.PortfolioValue.Fixed2(),
			dash(m.DailyPnL.ReturnPct), dash(m.CumulativePnL.ReturnPct), m.DailyPnL.ValuedAt, listPositions(m.Positions))
	}
}

func listPositions(p api.Positions) string {
	var parts []string
	for _, symbol := range sim.Ledger(p).Symbols() {
		parts = append(parts, symbol+" "+p.Holdings[symbol].String())
	}
	return strings.Join(append(parts, "CASH "+p.Cash.String()), ", ")
}

func printRange(w io.Writer, r api.RangeResults) {
	fmt.Fprintln(w, "MODEL\tFROM\tTO\tDAYS\tSTART USD\tEND USD\tRETURN %\tBROKEN\tFAILED")
	for _, m := range r.Results {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\t%d\t%d\n", m.Model, m.StartDate, m.EndDate, m.Period.TradingDays,
			m.Period.Starting.Fixed2(), m.Period.Ending.Fixed2(), dash(m.Period.ReturnPct), m.BrokenDays, m.FailedDays)
	}
}

type modelsCmd struct{}

// Run lists the configured models.
func (modelsCmd) Run(ctx context.Context, p *program) error {
	from, err := p.service(ctx) // what is configured needs no store yet
	if err != nil {
		return err
	}
	return showFrom(ctx, p, from, "/models", nil, func(w io.Writer, list api.ModelList) {
		fmt.Fprintln(w, "SIGNATURE\tNAME\tBASE MODEL\tENABLED")
		for _, m := range list.Models {
			fmt.Fprintf(w, "%s\t%s\t%s\t%t\n", m.Signature, m.Name, m.BaseModel, m.Enabled)
		}
	})
}

type experimentsCmd struct{}

// Run lists the books of every experiment.
func (experimentsCmd) Run(ctx context.Context, p *program) error {
	return show(ctx, p, "/experiments", nil, func(w io.Writer, list api.ExperimentList) {
		fmt.Fprintln(w, "EXPERIMENT\tMODEL\tCLOSED UP TO")
		for _, e := range list.Experiments {
			for _, b := range e.Books {
				fmt.Fprintf(w, "%s\t%s\t%s\n", e.Experiment, b.Model, dash(b.LastDate))
			}
		}
	})
}
