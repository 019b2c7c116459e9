package smoke

import (
	"net/http"
	"strings"
)

func get(path string, has ...string) request {
	return request{method: http.MethodGet, path: path, status: []int{http.StatusOK}, has: has}
}

func refused(method, path, body string, status int, code string, has ...string) request {
	return request{method: method, path: path, body: body, status: []int{status}, code: code, has: has}
}

func post(path, body string, status []int, has ...string) request {
	return request{method: http.MethodPost, path: path, body: body, status: status, has: has}
}

// reads tries what needs no job. Without health there is no more to try.
func (r *run) reads() bool {
	if _, ok := r.try(get("/health", "status", "timestamp", "version", "store.kind", "store.status")); !ok {
		return false
	}
	openAPI := get("/openapi.json", "openapi", "paths")
	openAPI.kind = "application/openapi+json"
	doc, _ := r.try(openAPI)
	r.expect("the version of OpenAPI", strings.HasPrefix(doc.at("openapi"), "3.1"), "%q instead of 3.1", doc.at("openapi"))
	page := get("/docs")
	page.kind = "text/html"
	r.try(page)
	r.try(get("/simulate/jobs?limit=1", "jobs"))
	r.try(get("/experiments", "experiments"))
	return true
}

// refusals tries requests that are wrong.
func (r *run) refusals() {
	const none = "00000000-0000-7000-8000-000000000000"
	for _, q := range []request{
		refused("GET", "/nowhere", "", 404, "not_found"),
		refused("GET", "/simulate/status/"+none, "", 404, "not_found", "job_id"),
		refused("GET", "/simulate/current?experiment=nobody-has-run-this", "", 404, "not_found"),
		refused("GET", "/results?nonsense=1", "", 400, "invalid_request"),
		refused("GET", "/results?date=2025-13-01", "", 400, "invalid_request"),
		refused("GET", "/results?date=1990-01-02&experiment="+Experiment, "", 404, "no_data"),
		refused("GET", "/leaderboard?date=yesterday", "", 400, "invalid_request"),
		refused("GET", "/portfolio/timeseries", "", 400, "invalid_request"),
		refused("POST", "/simulate/trigger", `{"nonsense": 1}`, 400, "invalid_request"),
		refused("POST", "/simulate/trigger", `{"start_date":`, 400, "invalid_request"),
		refused("POST", "/simulate/trigger", `{"models": ["nobody"]}`, 400, "invalid_request"),
		refused("POST", "/simulate/trigger", `{"start_date": "2025-10-02", "end_date": "2025-10-01"}`, 400, "invalid_request"),
		refused("POST", "/simulate/cancel/"+none, "", 404, "not_found"),
		refused("POST", "/simulate/retry/"+none, "", 404, "not_found"),
	} {
		r.try(q)
	}
	if r.Key != "" {
		q := refused("GET", "/leaderboard", "", 401, "unauthorized")
		q.header = map[string]string{"Authorization": "Bearer wrong"}
		r.try(q)
	}
}

// plan is what the job is made of.
type plan struct{ config, model, date string }

// choose finds a model that costs nothing, and the last date with prices.
func (r *run) choose() (p plan, ok bool) {
	models, _ := r.try(get("/models", "models"))
	for _, m := range models.list("models") {
		one, _ := m.(map[string]any)
		if base, _ := one["basemodel"].(string); strings.HasPrefix(base, "builtin/") {
			p.model, _ = one["signature"].(string)
			p.config, _ = one["config"].(string)
			break
		}
	}
	coverage, _ := r.try(get("/prices/coverage", "symbols"))
	for _, s := range coverage.list("symbols") {
		one, _ := s.(map[string]any)
		if last, _ := one["last_date"].(string); last > p.date {
			p.date = last
		}
	}
	known := r.expect("a built-in model, for a job that costs nothing", p.model != "", "it is missing: jobs and results are left out")
	return p, r.expect("prices, for a job", p.date != "", "there are none: jobs and results are left out") && known
}

// body is the beginning of a trigger of the job.
func (p plan) body() string {
	return `{"experiment": "` + Experiment + `", "config": "` + p.config + `", "models": ["` + p.model + `"], "end_date": "` + p.date + `"`
}

// job runs a job to its end, and returns its id.
func (r *run) job(p plan) string {
	body := p.body() + `, "start_date": "` + p.date + `", "replace_existing": true`
	r.try(post("/simulate/trigger", body+`, "dry_run": true}`, []int{200}, "date_range", "models", "total_model_days"))
	accepted, ok := r.try(post("/simulate/trigger", body+`}`, []int{202}, "job_id", "status", "experiment", "date_range", "models",
		"total_model_days", "created_at", "message"))
	if !ok {
		return ""
	}
	job := accepted.at("job_id")
	r.expect("its Location", accepted.header.Get("Location") == "/simulate/status/"+job, "%q", accepted.header.Get("Location"))
	r.expect("its Retry-After", accepted.header.Get("Retry-After") != "", "it is missing")
	var status answer
	for {
		status, ok = r.try(get("/simulate/status/"+job+"?wait=20", "job_id", "status", "experiment", "date_range", "models",
			"progress.total_model_days",
			"progress.completed", "progress.failed", "progress.running", "progress.pending", "progress.skipped", "progress.current",
			"progress.details.0.date",
			"progress.details.0.model", "progress.details.0.status", "created_at", "updated_at"))
		if !ok {
			return ""
		}
		if s := status.at("status"); s != "pending" && s != "running" {
			break
		}
	}
	r.expect("the end of the job", status.at("status") == "completed", "%s: %s %s", status.at("status"), status.at("error"),
		status.at("progress.details.0.error"))
	again := request{method: "GET", path: "/simulate/status/" + job, status: []int{304},
		header: map[string]string{"If-None-Match": r.tag(job)}}
	r.try(again)
	r.try(get("/simulate/status/"+job+"?details=false", "progress.total_model_days"))
	r.try(get("/simulate/current?experiment="+Experiment, "job_id", "status"))
	return job
}

// tag is the entity tag of the status of a job.
func (r *run) tag(job string) string {
	got, _ := r.try(get("/simulate/status/"+job, "status"))
	return got.header.Get("ETag")
}

// results reads what the job has done.
func (r *run) results(model, date string) {
	in := "experiment=" + Experiment
	day, _ := r.try(get("/results?"+in+"&detail=full&reasoning=full&date="+date, "date", "count", "results.0.model",
		"results.0.job_id", "results.0.positions.CASH",
		"results.0.daily_pnl.profit", "results.0.daily_pnl.return_pct", "results.0.daily_pnl.portfolio_value", "results.0.daily_pnl.valued_at",
		"results.0.cumulative_pnl.profit", "results.0.starting_position.cash", "results.0.trades", "results.0.ai_reasoning.total_steps",
		"results.0.ai_reasoning.stop_reason", "results.0.ai_reasoning.tool_usage", "results.0.ai_reasoning.tokens.input",
		"results.0.transcript.0.role"))
	r.expect("the model of the result", day.at("results.0.model") == model, "%q instead of %q", day.at("results.0.model"), model)
	r.try(get("/results?"+in+"&start_date="+date, "count", "results.0.daily_portfolio_values.0.portfolio_value",
		"results.0.period_metrics.period_return_pct",
		"results.0.period_metrics.trading_days"))
	csv := get("/results?" + in + "&format=csv&start_date=" + date)
	csv.kind = "text/csv"
	r.try(csv)
	r.try(get("/leaderboard?"+in, "date", "leaderboard.0.rank", "leaderboard.0.model", "leaderboard.0.portfolio_value",
		"leaderboard.0.cumulative_return_pct", "benchmark"))
	r.try(get("/portfolio/timeseries?"+in+"&model="+model, "model", "timeseries.0.date", "timeseries.0.portfolio_value", "timeseries.0.cash"))
}

// audit asks for what can be checked.
func (r *run) audit(job, model string) {
	in := "experiment=" + Experiment
	r.try(get("/trades?"+in+"&model="+model, "count", "trades"))
	r.try(get("/jobs/"+job+"/receipt", "format", "hash", "terms.initial_cash", "books.0.model", "books.0.days.0.hash",
		"books.0.days.0.closing.cash"))
}

// afterwards asks for what has ended, and for what is there already.
func (r *run) afterwards(job string, p plan) {
	r.try(refused("POST", "/simulate/cancel/"+job, "", 409, "conflict"))
	retried, _ := r.try(post("/simulate/retry/"+job, "", []int{200}, "status"))
	r.expect("a retry without a failure", retried.at("status") == "current", "%q", retried.at("status"))
	current, _ := r.try(post("/simulate/trigger", p.body()+"}", []int{200}, "status", "message", "last_simulation_date", "next_trading_day"))
	r.expect("a trigger with nothing to do", current.at("status") == "current", "%q", current.at("status"))
}
