-- Version 5: what the calls of a job's models cost. Costs are INTEGER units of
-- 1e-10 USD; NULL where the model has no price.

CREATE TABLE tabs (
    job   INTEGER NOT NULL REFERENCES jobs (job) ON DELETE CASCADE,
    model TEXT    NOT NULL, -- '' is the tab of all models, kept where the job has a budget
    tab   TEXT    NOT NULL, -- JSON: {"calls", "tokens", "cost", "open", "exhausted"}
    PRIMARY KEY (job, model)
) STRICT, WITHOUT ROWID;

ALTER TABLE jobs ADD COLUMN stop_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE days ADD COLUMN cost INTEGER;
ALTER TABLE reasoning_logs ADD COLUMN cost INTEGER;
