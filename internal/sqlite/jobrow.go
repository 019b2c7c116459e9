package sqlite

import "aitrader/internal/sim"

// jobColumns are what jobRow.dest reads.
const jobColumns = `job, id, experiment, status, plan, settings, request_hash, warnings, superseded,
	cancel_requested, error, stop_reason, closed_through, created_at, started_at, updated_at, completed_at`

// stateColumns are what jobRow.state reads: all that changes in a job.
const stateColumns = `job, id, experiment, status, cancel_requested, error, stop_reason, closed_through,
	created_at, started_at, updated_at, completed_at`

// jobRow is a job with its key in the tables.
type jobRow struct {
	key int64
	sim.Job
}

// dest returns the targets of jobColumns.
func (r *jobRow) dest() []any {
	return []any{
		&r.key, &r.ID, &r.Experiment, &r.Status, jsonColumn{&r.Plan}, jsonColumn{&r.Settings}, &r.RequestHash,
		jsonColumn{&r.Warnings}, jsonColumn{&r.Superseded}, &r.CancelRequested, &r.Error, &r.StopReason, &r.ClosedThrough,
		(*instant)(&r.CreatedAt), (*instant)(&r.StartedAt), (*instant)(&r.UpdatedAt), (*instant)(&r.CompletedAt),
	}
}

// state returns the targets of stateColumns.
func (r *jobRow) state() []any {
	return []any{
		&r.key, &r.ID, &r.Experiment, &r.Status, &r.CancelRequested, &r.Error, &r.StopReason, &r.ClosedThrough,
		(*instant)(&r.CreatedAt), (*instant)(&r.StartedAt), (*instant)(&r.UpdatedAt), (*instant)(&r.CompletedAt),
	}
}

// jobState reads a job that must exist, without its plan, settings, warnings and
// superseded days: decoding them costs more than everything else on a date.
func jobState(q querier, id string) (r jobRow, err error) {
	found, err := q.row("SELECT "+stateColumns+" FROM jobs WHERE id = ?", []any{id}, r.state()...)
	if err == nil && !found {
		err = sim.NoJob(id)
	}
	return r, err
}

// findJob reads a job by its id.
func findJob(q querier, id string) (r jobRow, found bool, err error) {
	found, err = q.row("SELECT "+jobColumns+" FROM jobs WHERE id = ?", []any{id}, r.dest()...)
	return r, found, err
}

// getJob is findJob for a job that must exist.
func getJob(q querier, id string) (jobRow, error) {
	r, found, err := findJob(q, id)
	if err == nil && !found {
		err = sim.NoJob(id)
	}
	return r, err
}

// jobKey returns the key of a job that must exist.
func jobKey(q querier, id string) (int64, error) {
	var key int64
	found, err := q.row("SELECT job FROM jobs WHERE id = ?", []any{id}, &key)
	if err == nil && !found {
		err = sim.NoJob(id)
	}
	return key, err
}

func insertJob(t *tx, j sim.Job) (key int64, err error) {
	return t.insert(`INSERT INTO jobs (id, experiment, status, plan, settings, request_hash, warnings, superseded,
			cancel_requested, error, stop_reason, closed_through, created_at, started_at, updated_at, completed_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		j.ID, j.Experiment, j.Status, jsonColumn{j.Plan}, jsonColumn{j.Settings}, j.RequestHash,
		jsonColumn{j.Warnings}, jsonColumn{j.Superseded}, j.CancelRequested, j.Error, j.StopReason, j.ClosedThrough,
		instant(j.CreatedAt), instant(j.StartedAt), instant(j.UpdatedAt), instant(j.CompletedAt))
}

// updateJob writes what a transition can change in a job, except its warnings.
func updateJob(t *tx, key int64, j sim.Job) error {
	return t.exec(`UPDATE jobs SET status = ?, cancel_requested = ?, error = ?, stop_reason = ?, closed_through = ?,
			started_at = ?, updated_at = ?, completed_at = ? WHERE job = ?`,
		j.Status, j.CancelRequested, j.Error, j.StopReason, j.ClosedThrough,
		instant(j.StartedAt), instant(j.UpdatedAt), instant(j.CompletedAt), key)
}
