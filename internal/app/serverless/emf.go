package serverless

import (
	"encoding/json"
	"io"
	"time"

	"aitrader/internal/engine"
	"aitrader/internal/sim"
)

// Namespace is where CloudWatch shows the metrics.
const Namespace = "aitrader"

// Metrics writes what happens as lines of CloudWatch's embedded metric format, which
// become metrics without a call of an API. It implements [engine.Observer].
type Metrics struct {
	Out io.Writer
	Now func() time.Time
}

// metric is a value with its unit.
type metric struct {
	name, unit string
	value      float64
}

// DayEnded implements [engine.Observer].
func (m Metrics) DayEnded(d engine.DayAccount) {
	values := []metric{
		{"ModelDays", "Count", 1}, {"ModelDayDuration", "Milliseconds", float64(d.Took.Milliseconds())},
		{"InputTokens", "Count", float64(d.Session.Usage.Input)}, {"OutputTokens", "Count", float64(d.Session.Usage.Output)},
	}
	if d.Session.Cost != nil {
		values = append(values, metric{"CostUSD", "None", d.Session.Cost.Float()})
	}
	m.write(values, map[string]any{"job_id": d.Key.JobID, "model": d.Key.Model, "date": d.Key.Date}, string(d.Status))
}

// JobEnded implements [engine.Observer].
func (m Metrics) JobEnded(status sim.JobStatus, took time.Duration) {
	m.write([]metric{{"Jobs", "Count", 1}, {"JobDuration", "Milliseconds", float64(took.Milliseconds())}}, map[string]any{}, string(status))
}

// write writes a line: the values, by status, and fields to search for.
func (m Metrics) write(values []metric, line map[string]any, status string) {
	definitions := make([]map[string]string, len(values))
	for i, v := range values {
		definitions[i] = map[string]string{"Name": v.name, "Unit": v.unit}
		line[v.name] = v.value
	}
	line["status"] = status
	line["_aws"] = map[string]any{
		"Timestamp":         m.Now().UnixMilli(),
		"CloudWatchMetrics": []any{map[string]any{"Namespace": Namespace, "Dimensions": [][]string{{"status"}}, "Metrics": definitions}},
	}
	// A metric that cannot be written is no reason to fail what it is about.
	_ = json.NewEncoder(m.Out).Encode(line)
}
