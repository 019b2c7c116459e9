package main

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"math"
	"net/url"
	"os"
	"slices"
	"strings"

	"aitrader/internal/api"
	"aitrader/internal/sim"
	"aitrader/internal/version"
)

//go:embed report.html
var reportPage string

type reportCmd struct {
	Job string `arg:"" help:"Id of a job that has ended."`
	Out string `short:"o" help:"File to write; it must not exist." required:"" placeholder:"FILE"`
}

// Run writes a page about a job that is complete in itself: no script, no other
// file.
func (c reportCmd) Run(ctx context.Context, p *program) (err error) {
	from, err := p.reading(ctx)
	if err != nil {
		return err
	}
	defer closing(from, &err)
	r, err := newReport(ctx, from.client, c.Job)
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
	Job       api.JobReport
	Span      string
	Benchmark string
	Grid      []gridLine
	Curves    []reportCurve
	First     string
	Last      string
	Columns   []string
	Rows      []reportRow
	Failures  []failure
	Receipt   string
	Version   string
}

type gridLine struct{ Y, Text string }

// reportCurve is a line of the chart: returns in percent since the start.
type reportCurve struct {
	Name      string
	Colour    string // of CSS
	Points    string // of SVG
	Benchmark bool
	dates     []sim.Date
	returns   []float64
}

type reportRow struct {
	Model  string
	Failed string // why the model has closed no day; "" for one that has
	Cells  []reportCell
	order  float64 // the return; rows are sorted by it
}

// reportCell is a figure; Why explains a missing one.
type reportCell struct{ Text, Why string }

func newReport(ctx context.Context, c *client, id string) (report, error) {
	r := report{Version: version.String(), Columns: columns}
	job, err := c.job(ctx, id)
	if err != nil {
		return r, err
	}
	r.Job, r.Failures = job, failures(job)
	var sealed struct{ Hash string }
	if err := c.get(ctx, "/jobs/"+url.PathEscape(id)+"/receipt", nil, &sealed); err != nil {
		return r, err
	}
	r.Receipt = sealed.Hash
	var results api.RangeResults
	whole := query("job_id", id, "start_date", "1971-01-01", "detail", "full", "benchmark", "true", "limit", "1000")
	if err := c.get(ctx, "/results", whole, &results); err != nil {
		return r, err
	}
	r.add(results)
	r.addUnbegun()
	return r, nil
}

// addUnbegun adds a row without figures for each model of the job that failed before it
// closed a day.
func (r *report) addUnbegun() {
	for _, model := range r.Job.Models {
		if slices.ContainsFunc(r.Rows, func(row reportRow) bool { return row.Model == model }) {
			continue
		}
		failed, last := 0, ""
		for _, d := range r.Job.Progress.Details {
			if d.Model == model && d.Status == sim.ModelDayFailed && d.Error != nil {
				failed, last = failed+1, *d.Error
			}
		}
		if failed == 0 {
			continue
		}
		why := fmt.Sprintf("no day is closed, %d failed: %s", failed, last)
		row := reportRow{Model: model, Failed: why}
		for range columns {
			row.Cells = append(row.Cells, reportCell{"–", why})
		}
		r.Rows = append(r.Rows, row)
	}
}

func (r *report) add(results api.RangeResults) {
	for i, m := range results.Results {
		r.Curves = append(r.Curves, modelCurve(i, m))
		order := math.Inf(-1)
		if m.Metrics.TotalReturn != nil {
			order = *m.Metrics.TotalReturn
		}
		r.Rows = append(r.Rows, reportRow{Model: m.Model, Cells: cells(m.Metrics), order: order})
	}
	slices.SortStableFunc(r.Rows, func(a, b reportRow) int { return cmp.Compare(b.order, a.order) })
	if b := results.Benchmark; b != nil && len(b.Values) > 0 {
		r.Benchmark = b.Symbol
		curve := reportCurve{Name: b.Symbol + " (benchmark)", Colour: "currentColor", Benchmark: true}
		for _, v := range b.Values {
			if v.ReturnPct != nil {
				curve.dates, curve.returns = append(curve.dates, v.Date), append(curve.returns, v.ReturnPct.Float())
			}
		}
		r.Curves = append(r.Curves, curve)
	}
	r.draw()
}

func modelCurve(i int, m api.RangeResult) reportCurve {
	c := reportCurve{
		Name:    m.Model,
		Colour:  fmt.Sprintf("hsl(%d 65%% 50%%)", (i*137+210)%360), // the golden angle keeps neighbours apart
		dates:   []sim.Date{m.Period.StartingDate},
		returns: []float64{0},
	}
	for _, v := range m.Values {
		c.dates = append(c.dates, v.Date)
		c.returns = append(c.returns, (v.PortfolioValue.Float()/m.Period.Starting.Float()-1)*100)
	}
	return c
}

// columns are the headings of cells.
var columns = []string{
	"Return %", "95 %", "Volatility %", "Sharpe", "95 %", "Sortino", "Max drawdown %", "Alpha %", "Beta", "Exposure %", "Turnover",
}

func cells(p api.Performance) []reportCell {
	figure := func(name string, value *float64) reportCell {
		if value == nil {
			return reportCell{"–", p.Undefined[name]}
		}
		return reportCell{Text: fmt.Sprintf("%.2f", *value)}
	}
	interval := func(of func(*api.Intervals) []float64) reportCell {
		if p.Intervals == nil || len(of(p.Intervals)) != 2 {
			return reportCell{"–", p.Undefined["intervals"]}
		}
		ends := of(p.Intervals)
		return reportCell{Text: fmt.Sprintf("%.1f to %.1f", ends[0], ends[1])}
	}
	return []reportCell{
		figure("total_return_pct", p.TotalReturn),
		interval(func(i *api.Intervals) []float64 { return i.TotalReturn }),
		figure("volatility_pct", p.Volatility),
		figure("sharpe", p.Sharpe),
		interval(func(i *api.Intervals) []float64 { return i.Sharpe }),
		figure("sortino", p.Sortino),
		figure("max_drawdown_pct", p.MaxDrawdown),
		figure("alpha_pct", p.Alpha),
		figure("beta", p.Beta),
		figure("exposure_pct", p.Exposure),
		figure("turnover", p.Turnover),
	}
}

// draw turns the curves into points of a chart of 1000 by 420.
func (r *report) draw() {
	const left, right, top, bottom = 60.0, 990.0, 10.0, 395.0
	var dates []sim.Date
	low, high := 0.0, 0.0
	for _, c := range r.Curves {
		dates = append(dates, c.dates...)
		low, high = min(low, slices.Min(append(c.returns, 0))), max(high, slices.Max(append(c.returns, 0)))
	}
	slices.Sort(dates)
	dates = slices.Compact(dates)
	if len(dates) < 2 {
		return
	}
	if high == low {
		high = low + 1
	}
	r.First, r.Last = dates[0].String(), dates[len(dates)-1].String()
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
			fmt.Fprintf(&points, "%.1f,%s ", left+float64(at)/float64(len(dates)-1)*(right-left), y(r.Curves[i].returns[k]))
		}
		r.Curves[i].Points = strings.TrimSpace(points.String())
	}
}
