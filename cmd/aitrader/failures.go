package main

import (
	"fmt"

	"aitrader/internal/api"
	"aitrader/internal/sim"
)

// failure is a line about a model-day that failed or was skipped, or about all those of a
// stopped model.
type failure struct {
	When   string // a date, or a range
	Model  string
	Status sim.ModelDayStatus
	Error  string
}

// failures lists the model-days of a job that failed or were skipped, in order. Those on
// which a stopped model was not asked are one line at the end.
func failures(job api.JobReport) []failure {
	var lines []failure
	stopped := map[string][]sim.Date{}
	for _, d := range job.Progress.Details {
		switch {
		case d.Error == nil:
		case d.StopReason != nil && *d.StopReason == string(sim.StopNotAsked):
			stopped[d.Model] = append(stopped[d.Model], d.Date)
		default:
			lines = append(lines, failure{d.Date.String(), d.Model, d.Status, *d.Error})
		}
	}
	for _, model := range job.Models {
		if dates := stopped[model]; len(dates) > 0 {
			lines = append(lines, failure{span(dates), model, sim.ModelDayFailed, fmt.Sprintf(
				"not asked on %d dates: its fault above lasts; correct it, and run the job's command again or retry the job", len(dates))})
		}
	}
	return lines
}

// span names the first and the last of some dates.
func span(dates []sim.Date) string {
	first, last := dates[0].String(), dates[len(dates)-1].String()
	if first == last {
		return first
	}
	return first + " to " + last
}
