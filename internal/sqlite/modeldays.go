package sqlite

import (
	"context"

	"aitrader/internal/sim"
)

// modelDayRow is a stored model-day with its key in the tables.
type modelDayRow struct {
	key int64
	sim.ModelDayRecord
}

const modelDayColumns = `md, fence, date, model, status, attempt, started_at, completed_at, error, stop_reason`

// dest returns the targets of modelDayColumns.
func (r *modelDayRow) dest() []any {
	return []any{
		&r.key, &r.Fence, &r.Date, &r.Model, &r.Status, &r.Attempt,
		(*instant)(&r.StartedAt), (*instant)(&r.CompletedAt), &r.Error, &r.StopReason,
	}
}

// getModelDay reads a model-day of a job, a pending one where none is stored. Most are
// asked for before they are stored, and a query costs by its columns.
func getModelDay(q querier, job int64, key sim.ModelDayKey) (modelDayRow, error) {
	r := modelDayRow{ModelDayRecord: sim.NewModelDayRecord(key)}
	var md int64
	found, err := q.row("SELECT md FROM job_details WHERE job = ? AND date = ? AND model = ?", []any{job, key.Date, key.Model}, &md)
	if err == nil && found {
		_, err = q.row("SELECT "+modelDayColumns+" FROM job_details WHERE md = ?", []any{md}, r.dest()...)
	}
	return r, err
}

// putModelDay writes a model-day and returns its key.
func putModelDay(t *tx, job int64, r modelDayRow) (key int64, err error) {
	if r.key == 0 {
		r.key, err = t.insert(`INSERT INTO job_details (job, date, model, fence, status, attempt, started_at, completed_at, error, stop_reason)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			job, r.Date, r.Model, r.Fence, r.Status, r.Attempt, instant(r.StartedAt), instant(r.CompletedAt), r.Error, r.StopReason)
	} else {
		err = t.exec(`UPDATE job_details SET fence = ?, status = ?, attempt = ?, started_at = ?, completed_at = ?, error = ?, stop_reason = ?
			WHERE md = ?`, r.Fence, r.Status, r.Attempt, instant(r.StartedAt), instant(r.CompletedAt), r.Error, r.StopReason, r.key)
	}
	return r.key, err
}

// runningModelDays reads the model-days of a job that are running, of one date
// if it is not zero.
func runningModelDays(q querier, job int64, jobID string, d sim.Date) ([]modelDayRow, error) {
	condition, args := "job = ?", []any{job}
	if !d.IsZero() { // an equality, so that the index finds the date
		condition, args = condition+" AND date = ?", append(args, d)
	}
	return selectModelDays(q, jobID, condition+" AND status = 'running' ORDER BY date, model", args...)
}

// selectModelDays reads the model-days that a condition selects.
func selectModelDays(q querier, jobID, condition string, args ...any) ([]modelDayRow, error) {
	var out []modelDayRow
	err := q.rows("SELECT "+modelDayColumns+" FROM job_details WHERE "+condition, args, func(scan scanner) error {
		var r modelDayRow
		r.JobID = jobID
		if err := scan(r.dest()...); err != nil {
			return err
		}
		out = append(out, r)
		return nil
	})
	return out, err
}

// ModelDays implements [sim.Store].
func (s *Store) ModelDays(ctx context.Context, id string, f sim.ModelDayFilter) ([]sim.ModelDay, error) {
	var out []sim.ModelDay
	err := s.read(ctx, func(q querier) error {
		job, err := jobKey(q, id)
		if err != nil {
			return err
		}
		condition, args := "job = ?", []any{job}
		if !f.Date.IsZero() {
			condition, args = condition+" AND date = ?", append(args, f.Date)
		}
		if f.Failed {
			condition += " AND status = 'failed'"
		}
		if !f.AfterDate.IsZero() {
			condition, args = condition+" AND (date, model) > (?, ?)", append(args, f.AfterDate, f.AfterModel)
		}
		condition += " ORDER BY date, model"
		if f.Limit > 0 {
			condition, args = condition+" LIMIT ?", append(args, f.Limit)
		}
		rows, err := selectModelDays(q, id, condition, args...)
		for _, r := range rows {
			out = append(out, r.ModelDay)
		}
		return err
	})
	return out, err
}

// Counts implements [sim.Store].
func (s *Store) Counts(ctx context.Context, id string) (map[sim.ModelDayStatus]int, error) {
	counts := map[sim.ModelDayStatus]int{}
	err := s.read(ctx, func(q querier) error {
		job, err := jobKey(q, id)
		if err != nil {
			return err
		}
		err = q.rows("SELECT status, count(*) FROM job_details WHERE job = ? GROUP BY status", []any{job}, func(scan scanner) error {
			var status sim.ModelDayStatus
			var n int
			err := scan(&status, &n)
			counts[status] = n
			return err
		})
		if err != nil || counts[sim.ModelDayCompleted] == 0 {
			return err
		}
		var broken int
		if _, err = q.row(countBroken, []any{job}, &broken); broken > 0 {
			counts[sim.BrokenModelDays] = broken
		}
		return err
	})
	return counts, err
}

// countBroken has the condition of the index job_details_broken.
const countBroken = `SELECT count(*) FROM job_details WHERE job = ?
	AND (stop_reason = 'truncated' OR stop_reason = 'filtered' OR stop_reason = 'text_tool_call' OR stop_reason = 'empty')`
