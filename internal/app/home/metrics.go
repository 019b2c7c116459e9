package home

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

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
}

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
	}
	m.registry.MustRegister(m.modelDays, m.durations, m.jobs, m.refused, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
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
func (m *metrics) DayEnded(status sim.ModelDayStatus, took time.Duration) {
	m.modelDays.WithLabelValues(string(status)).Inc()
	m.durations.Observe(took.Seconds())
}

// JobEnded implements [engine.Observer].
func (m *metrics) JobEnded(status sim.JobStatus) { m.jobs.WithLabelValues(string(status)).Inc() }

// handler serves the metrics in the text format of Prometheus.
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}
