package sim

// The errors in which all stores answer alike.

// NoJob is the error of a job that does not exist, of kind not_found.
func NoJob(id string) error {
	return Errorf(KindNotFound, "there is no job %q", id).With("job_id", id)
}

// OtherJobActive is the error of a new job while another one holds the lock of the
// experiment, of kind conflict.
func OtherJobActive(experiment, id string) error {
	return Errorf(KindConflict, "job %s is active in experiment %s", id, experiment).With("current_job_id", id)
}

// KeyTaken is the error of a new job whose idempotency key another one has taken
// since it was looked up, of kind stale.
func KeyTaken() error {
	return Errorf(KindStale, "the idempotency key has been used by another request meanwhile")
}

// KeyMismatch is the error of an idempotency key that another request used, which
// made a job; of kind idempotency_mismatch.
func KeyMismatch(jobID string) error {
	return Errorf(KindIdempotencyMismatch, "the idempotency key was used before with another request, which made job %s", jobID).
		With("job_id", jobID)
}

// NoDay is the error of a day that a book does not have, of kind not_found.
func NoDay(b BookKey, ref DayRef) error {
	return Errorf(KindNotFound, "%s in %s has no closed day %s of generation %d", b.Model, b.Experiment, ref.Date, ref.Generation)
}

// LastDayMissing is the error of a book whose last day is not stored: of kind
// internal, because the store is damaged.
func LastDayMissing(b BookKey, last DayRef) error {
	return Errorf(KindInternal, "the book of %s in %s names a last day, %s, that is not stored", b.Model, b.Experiment, last.Date)
}
