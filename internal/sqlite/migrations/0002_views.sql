-- Version 2: an index for the counts by status, and views that show USD, shares
-- and names instead of units and keys. The figures of the views are floating
-- point, for reading; sums of money belong on the tables.

CREATE INDEX job_details_by_status ON job_details (job, status);

CREATE VIEW model_days_view AS
SELECT j.id AS job_id, j.experiment, d.date, d.model, d.status, d.attempt,
       d.started_at, d.completed_at, d.error, d.stop_reason
FROM job_details d
JOIN jobs j ON j.job = d.job;

CREATE VIEW days_view AS
SELECT b.experiment, b.model, d.date, d.generation, j.id AS job_id,
       d.opening_cash / 10000.0 AS opening_cash_usd, d.closing_cash / 10000.0 AS closing_cash_usd,
       d.steps, d.stop_reason, d.summary, d.input_tokens, d.output_tokens, d.cached_tokens,
       d.prices, d.started_at, d.closed_at
FROM days d
JOIN books b ON b.book = d.book
JOIN job_details m ON m.md = d.md
JOIN jobs j ON j.job = m.job;

CREATE VIEW positions_view AS
SELECT b.experiment, b.model, d.date, d.generation, j.id AS job_id, p.seq, p.action, p.symbol,
       p.amount / 1000000.0 AS shares, p.price / 10000.0 AS price_usd,
       p.commission / 10000.0 AS commission_usd, p.per_share / 100000000.0 AS per_share_usd,
       p.numerator, p.denominator, p.cash_after / 10000.0 AS cash_after_usd
FROM positions p
JOIN days d ON d.md = p.md
JOIN books b ON b.book = d.book
JOIN job_details m ON m.md = p.md
JOIN jobs j ON j.job = m.job;

CREATE VIEW holdings_view AS
SELECT b.experiment, b.model, d.date, d.generation, j.id AS job_id, h.symbol, h.quantity / 1000000.0 AS shares
FROM holdings h
JOIN days d ON d.md = h.md
JOIN books b ON b.book = d.book
JOIN job_details m ON m.md = h.md
JOIN jobs j ON j.job = m.job;

CREATE VIEW reasoning_logs_view AS
SELECT b.experiment, b.model, d.date, d.generation, j.id AS job_id, r.step, r.role, r.content, r.reasoning,
       r.tool_name, r.tool_call_id, r.arguments, r.as_of, r.timestamp, r.input_tokens, r.output_tokens
FROM reasoning_logs r
JOIN days d ON d.md = r.md
JOIN books b ON b.book = d.book
JOIN job_details m ON m.md = r.md
JOIN jobs j ON j.job = m.job;

CREATE VIEW prices_view AS
SELECT symbol, date, open / 10000.0 AS open_usd, high / 10000.0 AS high_usd, low / 10000.0 AS low_usd,
       close / 10000.0 AS close_usd, volume, open_only
FROM prices;
