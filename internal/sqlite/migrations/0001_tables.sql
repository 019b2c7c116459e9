-- Version 1: the tables.
--
-- Money and prices are INTEGER units of 1/10,000 USD, numbers of shares INTEGER
-- units of 1/1,000,000 share, dividends per share INTEGER units of
-- 1/100,000,000 USD. Dates are YYYY-MM-DD, instants are UTC with nine decimals,
-- so that both sort as text. NULL stands for "no date" and "no instant".

CREATE TABLE jobs (
    job              INTEGER PRIMARY KEY,
    id               TEXT    NOT NULL UNIQUE,
    experiment       TEXT    NOT NULL,
    status           TEXT    NOT NULL CHECK (status IN ('pending', 'running', 'completed', 'partial', 'failed', 'cancelled')),
    plan             TEXT    NOT NULL, -- JSON: dates, and each model's span of them
    settings         TEXT    NOT NULL, -- JSON: the resolved configuration, without secrets
    request_hash     TEXT    NOT NULL,
    warnings         TEXT    NOT NULL, -- JSON: a list of texts
    superseded       TEXT    NOT NULL, -- JSON: the days that the job's rewind took out
    cancel_requested INTEGER NOT NULL CHECK (cancel_requested IN (0, 1)),
    error            TEXT    NOT NULL,
    at_date          TEXT,             -- the date that was started last
    closed_through   TEXT,
    created_at       TEXT    NOT NULL,
    started_at       TEXT,
    updated_at       TEXT,             -- the heartbeat
    completed_at     TEXT
) STRICT;
CREATE INDEX jobs_by_age ON jobs (created_at, id);
CREATE INDEX jobs_by_experiment ON jobs (experiment, created_at, id);

-- The active job of each experiment.
CREATE TABLE locks (
    experiment TEXT    NOT NULL PRIMARY KEY,
    job        INTEGER NOT NULL REFERENCES jobs (job)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
    key        TEXT    NOT NULL PRIMARY KEY,
    request    TEXT    NOT NULL,
    job        INTEGER NOT NULL REFERENCES jobs (job) ON DELETE CASCADE,
    expires_at TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_job ON idempotency (job);
CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);

-- The head of each book: the one thing in it that changes.
CREATE TABLE books (
    book            INTEGER PRIMARY KEY,
    experiment      TEXT    NOT NULL,
    model           TEXT    NOT NULL,
    job_id          TEXT    NOT NULL, -- the only job that may claim it, or ''
    last_date       TEXT,
    last_generation INTEGER NOT NULL,
    initial_cash    INTEGER NOT NULL,
    fence           INTEGER NOT NULL,
    lease_date      TEXT,
    lease_holder    TEXT    NOT NULL,
    lease_until     TEXT,
    generation      INTEGER NOT NULL,
    cuts            TEXT    NOT NULL, -- JSON: [{"generation": 1, "from": date}]
    UNIQUE (experiment, model)
) STRICT;

-- A row for each model-day that was claimed; pending ones follow from the plan.
CREATE TABLE job_details (
    md           INTEGER PRIMARY KEY,
    job          INTEGER NOT NULL REFERENCES jobs (job) ON DELETE CASCADE,
    date         TEXT    NOT NULL,
    model        TEXT    NOT NULL,
    status       TEXT    NOT NULL CHECK (status IN ('running', 'completed', 'failed', 'skipped')),
    attempt      INTEGER NOT NULL,
    fence        INTEGER NOT NULL, -- of the grant that runs it or has ended it; 0 when somebody else has
    started_at   TEXT,
    completed_at TEXT,
    error        TEXT    NOT NULL,
    stop_reason  TEXT    NOT NULL,
    UNIQUE (job, date, model)
) STRICT;

-- A row for each closed day, of a completed model-day. It never changes.
CREATE TABLE days (
    md               INTEGER PRIMARY KEY REFERENCES job_details (md) ON DELETE CASCADE,
    book             INTEGER NOT NULL REFERENCES books (book),
    date             TEXT    NOT NULL,
    generation       INTEGER NOT NULL,
    prev_date        TEXT,
    prev_generation  INTEGER NOT NULL,
    opening_cash     INTEGER NOT NULL,
    opening_holdings TEXT    NOT NULL, -- JSON: {symbol: shares}
    closing_cash     INTEGER NOT NULL,
    steps            INTEGER NOT NULL,
    stop_reason      TEXT    NOT NULL,
    stop_signal      INTEGER NOT NULL CHECK (stop_signal IN (0, 1)),
    summary          TEXT    NOT NULL,
    input_tokens     INTEGER NOT NULL,
    output_tokens    INTEGER NOT NULL,
    cached_tokens    INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    prices           TEXT    NOT NULL, -- the version of the prices that it was traded on
    started_at       TEXT,
    closed_at        TEXT,
    UNIQUE (book, date, generation)
) STRICT;

-- A row for each fill, split and dividend of a closed day in their order, and
-- one of action no_trade for a day without a fill.
CREATE TABLE positions (
    md          INTEGER NOT NULL REFERENCES days (md) ON DELETE CASCADE,
    seq         INTEGER NOT NULL,
    action      TEXT    NOT NULL CHECK (action IN ('buy', 'sell', 'split', 'dividend', 'no_trade')),
    symbol      TEXT    NOT NULL,
    amount      INTEGER NOT NULL, -- shares traded, held after a split, or entitled to a dividend
    price       INTEGER NOT NULL,
    commission  INTEGER NOT NULL,
    per_share   INTEGER NOT NULL,
    numerator   INTEGER NOT NULL,
    denominator INTEGER NOT NULL,
    cash_after  INTEGER NOT NULL,
    PRIMARY KEY (md, seq)
) STRICT, WITHOUT ROWID;

-- What is held at the close of a day.
CREATE TABLE holdings (
    md       INTEGER NOT NULL REFERENCES days (md) ON DELETE CASCADE,
    symbol   TEXT    NOT NULL,
    quantity INTEGER NOT NULL,
    PRIMARY KEY (md, symbol)
) STRICT, WITHOUT ROWID;

-- A row for each message of a closed day's transcript, in the order of id.
CREATE TABLE reasoning_logs (
    id               INTEGER PRIMARY KEY,
    md               INTEGER NOT NULL REFERENCES days (md) ON DELETE CASCADE,
    step             INTEGER NOT NULL,
    role             TEXT    NOT NULL,
    content          TEXT    NOT NULL,
    reasoning        TEXT    NOT NULL,
    tool_name        TEXT    NOT NULL,
    tool_call_id     TEXT    NOT NULL,
    arguments        TEXT    NOT NULL,
    as_of            TEXT,
    timestamp        TEXT,
    input_tokens     INTEGER, -- NULL where no usage was reported
    output_tokens    INTEGER,
    cached_tokens    INTEGER,
    reasoning_tokens INTEGER
) STRICT;
CREATE INDEX reasoning_logs_by_md ON reasoning_logs (md);

CREATE TABLE tool_usage (
    md     INTEGER NOT NULL REFERENCES days (md) ON DELETE CASCADE,
    tool   TEXT    NOT NULL,
    calls  INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    PRIMARY KEY (md, tool)
) STRICT, WITHOUT ROWID;

-- A row for each import that changed something; its number is the version of
-- the prices.
CREATE TABLE price_imports (
    version     INTEGER PRIMARY KEY,
    source      TEXT    NOT NULL,
    imported_at TEXT    NOT NULL,
    added       INTEGER NOT NULL,
    completed   INTEGER NOT NULL,
    revised     INTEGER NOT NULL
) STRICT;

CREATE TABLE prices (
    symbol    TEXT    NOT NULL,
    date      TEXT    NOT NULL,
    open      INTEGER NOT NULL,
    high      INTEGER NOT NULL,
    low       INTEGER NOT NULL,
    close     INTEGER NOT NULL,
    volume    INTEGER NOT NULL,
    open_only INTEGER NOT NULL CHECK (open_only IN (0, 1)), -- the day was not over: only the open is known
    PRIMARY KEY (symbol, date)
) STRICT, WITHOUT ROWID;

-- Bars that a later import replaced, with the version that replaced them.
CREATE TABLE price_versions (
    symbol      TEXT    NOT NULL,
    date        TEXT    NOT NULL,
    replaced_by INTEGER NOT NULL REFERENCES price_imports (version),
    open        INTEGER NOT NULL,
    high        INTEGER NOT NULL,
    low         INTEGER NOT NULL,
    close       INTEGER NOT NULL,
    volume      INTEGER NOT NULL,
    open_only   INTEGER NOT NULL CHECK (open_only IN (0, 1)),
    PRIMARY KEY (symbol, date, replaced_by)
) STRICT, WITHOUT ROWID;

CREATE TABLE splits (
    symbol      TEXT    NOT NULL,
    ex_date     TEXT    NOT NULL,
    numerator   INTEGER NOT NULL,
    denominator INTEGER NOT NULL,
    PRIMARY KEY (symbol, ex_date)
) STRICT, WITHOUT ROWID;

CREATE TABLE dividends (
    symbol  TEXT    NOT NULL,
    ex_date TEXT    NOT NULL,
    amount  INTEGER NOT NULL,
    PRIMARY KEY (symbol, ex_date)
) STRICT, WITHOUT ROWID;
