package local

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"aitrader/internal/engine"
	"aitrader/internal/news"
	"aitrader/internal/sim"
)

// metrics counts what this process has done, for Prometheus. It implements
// [engine.Observer].
type metrics struct {
	registry  *prometheus.Registry
	modelDays *prometheus.CounterVec
	durations prometheus.Histogram
	jobs      *prometheus.CounterVec
	refused   *prometheus.CounterVec
	jobTimes  prometheus.Histogram
	tokens    *prometheus.CounterVec
	cost      *prometheus.CounterVec
	tools     *prometheus.HistogramVec
	storing   *prometheus.HistogramVec
}

// quick are the buckets of what takes milliseconds.
var quick = []float64{.0001, .0003, .001, .003, .01, .03, .1, .3, 1, 3, 10}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		modelDays: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "aitrader_model_days_total", Help: "Model-days that ended in this process, by status.",
		}, []string{"status"}),
		durations: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "aitrader_model_day_duration_seconds", Help: "Time from the claim of a model-day to its end, in seconds.",
			Buckets: []float64{.01, .03, .1, .3, 1, 3, 10, 30, 100, 300, 1000},
		}),
		jobs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "aitrader_jobs_total", Help: "Jobs that ended in this process, by status.",
		}, []string{"status"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "aitrader_news_refused_total", Help: "News that searches in this process found and did not show to a model, by reason.",
		}, []string{"reason"}),
		jobTimes: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "aitrader_job_duration_seconds", Help: "Time from the trigger of a job to its end, in seconds.",
			Buckets: []float64{.1, 1, 10, 60, 300, 1800, 7200, 86400},
		}),
		tokens: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "aitrader_tokens_total",
			Help: "Tokens of completed model-days, by model and kind; reasoning is a part of output, cached of input.",
		}, []string{"model", "kind"}),
		cost: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "aitrader_cost_usd_total", Help: "USD that the tokens of completed model-days cost, by model, where its price is known.",
		}, []string{"model"}),
		tools: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "aitrader_tool_duration_seconds", Help: "Time of a tool call in a session, in seconds, by tool.", Buckets: quick,
		}, []string{"tool"}),
		storing: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "aitrader_store_duration_seconds", Help: "Time of a call of the store by the engine, in seconds, by operation.", Buckets: quick,
		}, []string{"operation"}),
	}
	m.registry.MustRegister(m.jobTimes, m.tokens, m.cost, m.tools, m.storing)
	m.registry.MustRegister(m.modelDays, m.durations, m.jobs, m.refused, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	// A status that has not occurred is 0, not absent: alarms need both.
	for _, s := range []sim.ModelDayStatus{sim.ModelDayCompleted, sim.ModelDayFailed} {
		m.modelDays.WithLabelValues(string(s))
	}
	for _, s := range []sim.JobStatus{sim.JobCompleted, sim.JobPartial, sim.JobFailed, sim.JobCancelled} {
		m.jobs.WithLabelValues(string(s))
	}
	for _, r := range news.Reasons() {
		m.refused.WithLabelValues(string(r))
	}
	return m
}

// newsRefused counts news that were not shown.
func (m *metrics) newsRefused(reason string, items int) {
	m.refused.WithLabelValues(reason).Add(float64(items))
}

// DayEnded implements [engine.Observer].
func (m *metrics) DayEnded(d engine.DayAccount) {
	m.modelDays.WithLabelValues(string(d.Status)).Inc()
	m.durations.Observe(d.Took.Seconds())
	used := d.Session.Usage
	for kind, n := range map[string]int64{"input": used.Input, "output": used.Output, "cached": used.Cached, "reasoning": used.Reasoning} {
		if n > 0 {
			m.tokens.WithLabelValues(d.Key.Model, kind).Add(float64(n))
		}
	}
	if d.Session.Cost != nil {
		m.cost.WithLabelValues(d.Key.Model).Add(d.Session.Cost.Float())
	}
}

// JobEnded implements [engine.Observer].
func (m *metrics) JobEnded(status sim.JobStatus, took time.Duration) {
	m.jobs.WithLabelValues(string(status)).Inc()
	m.jobTimes.Observe(took.Seconds())
}

// toolCalled counts a call of a tool.
func (m *metrics) toolCalled(tool string, took time.Duration) {
	m.tools.WithLabelValues(tool).Observe(took.Seconds())
}

// watchJobs shows how many jobs are executed.
func (m *metrics) watchJobs(active func() int) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "aitrader_jobs_active", Help: "Jobs that this process executes now.",
	}, func() float64 { return float64(active()) }))
}

// handler serves the metrics in the text format of Prometheus.
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}
