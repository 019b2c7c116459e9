-- Version 4: who is still to be told of the end of a job. An address is a secret;
-- its row goes when it has been told, or given up.

CREATE TABLE callbacks (
    job      INTEGER NOT NULL REFERENCES jobs (job) ON DELETE CASCADE,
    url      TEXT    NOT NULL,
    attempts INTEGER NOT NULL,
    next_at  TEXT,
    PRIMARY KEY (job, url)
) STRICT, WITHOUT ROWID;
