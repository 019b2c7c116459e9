package main

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"math"
	"os"
	"slices"
	"strings"

	"aitrader/internal/sim"
)

//go:embed report.html
var reportPage string

type reportCmd struct {
	Job string `arg:"" help:"A job that has ended."`
	Out string `short:"o" help:"File to write; it must not exist." required:"" placeholder:"FILE"`
}

// Run writes a page about a job that needs nothing else: no script, no other file.
func (c reportCmd) Run(ctx context.Context, p *program) (err error) {
	from, err := p.reading(ctx)
	if err != nil {
		return err
	}
	defer closing(from, &err)
	r, err := newReport(ctx, from.api, c.Job)
	if err != nil {
		return err
	}
	page, err := template.New("report").Parse(reportPage)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer closing(file, &err)
	if err := page.Execute(file, r); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s is a page about job %s\n", c.Out, c.Job)
	return err
}

// report is what the page shows.
type report struct {
	Job       jobStatus
	Span      string
	Benchmark string
	Grid      []gridLine
	Curves    []reportCurve
	First     string
	Last      string
	Columns   []string
	Rows      []reportRow
	Failures  []detail
	Receipt   string
	Version   string
}

type gridLine struct{ Y, Text string }

type reportCurve struct {
	Name, Colour, Points string
	Benchmark            bool
	dates                []string
	values               []float64
}

type reportRow struct {
	Model string
	Cells []reportCell
	gain  float64 // what the rows are sorted by
}

type reportCell struct{ Text, Why string }

// reportResults is what a range says.
type reportResults struct {
	Results []struct {
		Model  string `json:"model"`
		Values []struct {
			Date  string    `json:"date"`
			Value sim.Money `json:"portfolio_value"`
		} `json:"daily_portfolio_values"`
		Period struct {
			Date  string    `json:"starting_date"`
			Value sim.Money `json:"starting_portfolio_value"`
		} `json:"period_metrics"`
		Metrics map[string]any `json:"metrics"`
	} `json:"results"`
	Benchmark struct {
		Symbol string `json:"symbol"`
		Values []struct {
			Date   string   `json:"date"`
			Return *float64 `json:"return_pct"`
		} `json:"values"`
	} `json:"benchmark"`
}

func newReport(ctx context.Context, api *client, id string) (report, error) {
	r := report{Version: version, Columns: []string{"Return %", "95 %", "Volatility %", "Sharpe", "95 %", "Sortino", "Drawdown %", "Alpha %", "Beta", "Exposure %", "Turnover"}}
	job, err := api.job(ctx, id)
	if err != nil {
		return r, err
	}
	r.Job, r.Failures = job, job.failures()
	var sealed struct{ Hash string }
	if err := api.get(ctx, "/jobs/"+id+"/receipt", nil, &sealed); err != nil {
		return r, err
	}
	r.Receipt = sealed.Hash
	var found reportResults
	err = api.get(ctx, "/results", query("job_id", id, "start_date", "1971-01-01", "detail", "full", "benchmark", "true", "limit", "1000"), &found)
	if err != nil {
		return r, err
	}
	r.add(found)
	return r, nil
}

func (r *report) add(found reportResults) {
	for i, m := range found.Results {
		curve := reportCurve{Name: m.Model, Colour: fmt.Sprintf("hsl(%d 65%% 50%%)", (i*137+210)%360), dates: []string{m.Period.Date}, values: []float64{0}}
		for _, v := range m.Values {
			curve.dates = append(curve.dates, v.Date)
			curve.values = append(curve.values, (v.Value.Float()/m.Period.Value.Float()-1)*100)
		}
		r.Curves = append(r.Curves, curve)
		gain, ok := m.Metrics["total_return_pct"].(float64)
		if !ok {
			gain = math.Inf(-1)
		}
		r.Rows = append(r.Rows, reportRow{m.Model, cells(m.Metrics), gain})
	}
	slices.SortStableFunc(r.Rows, func(a, b reportRow) int { return cmp.Compare(b.gain, a.gain) })
	if b := found.Benchmark; len(b.Values) > 0 {
		r.Benchmark = b.Symbol
		curve := reportCurve{Name: b.Symbol + " (benchmark)", Colour: "currentColor", Benchmark: true}
		for _, v := range b.Values {
			if v.Return != nil {
				curve.dates, curve.values = append(curve.dates, v.Date), append(curve.values, *v.Return)
			}
		}
		r.Curves = append(r.Curves, curve)
	}
	r.draw()
}

func cells(m map[string]any) []reportCell {
	why, _ := m["undefined"].(map[string]any)
	intervals, _ := m["intervals"].(map[string]any)
	figure := func(name string) reportCell {
		if v, ok := m[name].(float64); ok {
			return reportCell{Text: fmt.Sprintf("%.2f", v)}
		}
		reason, _ := why[name].(string)
		return reportCell{"–", reason}
	}
	interval := func(name string) reportCell {
		pair, _ := intervals[name].([]any)
		if len(pair) != 2 {
			reason, _ := why["intervals"].(string)
			return reportCell{"–", reason}
		}
		return reportCell{Text: fmt.Sprintf("%.1f to %.1f", pair[0], pair[1])}
	}
	return []reportCell{
		figure("total_return_pct"), interval("total_return_pct"), figure("volatility_pct"), figure("sharpe"), interval("sharpe"), figure("sortino"),
		figure("max_drawdown_pct"), figure("alpha_pct"), figure("beta"), figure("exposure_pct"), figure("turnover"),
	}
}

// draw turns the curves into points of a picture of 1000 by 420.
func (r *report) draw() {
	const left, right, top, bottom = 60.0, 990.0, 10.0, 395.0
	var dates []string
	low, high := 0.0, 0.0
	for _, c := range r.Curves {
		dates = append(dates, c.dates...)
		low, high = min(low, slices.Min(append(c.values, 0))), max(high, slices.Max(append(c.values, 0)))
	}
	slices.Sort(dates)
	dates = slices.Compact(dates)
	if len(dates) < 2 {
		return
	}
	if high == low {
		high = low + 1
	}
	r.First, r.Last = dates[0], dates[len(dates)-1]
	r.Span = r.First + " to " + r.Last
	y := func(v float64) string { return fmt.Sprintf("%.1f", top+(high-v)/(high-low)*(bottom-top)) }
	for i := range 5 {
		v := low + (high-low)*float64(i)/4
		r.Grid = append(r.Grid, gridLine{y(v), fmt.Sprintf("%.1f %%", v)})
	}
	for i := range r.Curves {
		var points strings.Builder
		for k, d := range r.Curves[i].dates {
			at, _ := slices.BinarySearch(dates, d)
			fmt.Fprintf(&points, "%.1f,%s ", left+float64(at)/float64(len(dates)-1)*(right-left), y(r.Curves[i].values[k]))
		}
		r.Curves[i].Points = strings.TrimSpace(points.String())
	}
}
