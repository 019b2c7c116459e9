-- The data of a file of schema version 1, as its program wrote it. It never
-- changes: every later program must find all of it.
INSERT INTO jobs (job, id, experiment, status, plan, settings, request_hash, warnings, superseded, cancel_requested,
                  error, at_date, closed_through, created_at, started_at, updated_at, completed_at) VALUES
    (1, 'job-1', 'main', 'partial',
     '{"dates":["2025-10-01","2025-10-02"],"models":[{"model":"gpt-5","from":"2025-10-01","to":"2025-10-02"}]}',
     '{"config":"default","models":[{"signature":"gpt-5","name":"GPT-5","basemodel":"openai/gpt-5","params":{"temperature":0.2}}],"benchmark":"QQQ","initial_cash":10000,"costs":{"commission_per_share":0.005,"commission_min":1,"slippage_bps":2.5},"fractional_shares":false,"max_steps":30,"max_retries":3,"base_delay":1,"timeout_seconds":120,"max_parallel":0}',
     'hash-1', '["a warning"]', 'null', 0, '', '2025-10-02', '2025-10-02',
     '2025-11-03T14:00:00.000000000Z', '2025-11-03T14:00:01.000000000Z', '2025-11-03T14:05:00.000000000Z', '2025-11-03T14:05:00.000000000Z'),
    (2, 'job-2', 'main', 'running',
     '{"dates":["2025-10-02"],"models":[{"model":"gpt-5","from":"2025-10-02","to":"2025-10-02"}]}',
     '{"config":"default","models":[{"signature":"gpt-5","name":"GPT-5","basemodel":"openai/gpt-5"}],"benchmark":"QQQ","initial_cash":10000,"costs":{"commission_per_share":0,"commission_min":0,"slippage_bps":0},"fractional_shares":false,"max_steps":30,"max_retries":3,"base_delay":1,"timeout_seconds":120,"max_parallel":0}',
     'hash-2', 'null', '[{"model":"gpt-5","date":"2025-10-02","job_id":"job-1"}]', 0, '', '2025-10-02', NULL,
     '2025-11-04T14:00:00.000000000Z', '2025-11-04T14:00:01.000000000Z', '2025-11-04T14:00:01.000000000Z', NULL);
INSERT INTO locks (experiment, job) VALUES ('main', 2);
INSERT INTO idempotency (key, request, job, expires_at) VALUES ('key-2', 'request-2', 2, '2025-11-05T14:00:00.000000000Z');
INSERT INTO books (book, experiment, model, job_id, last_date, last_generation, initial_cash, fence,
                   lease_date, lease_holder, lease_until, generation, cuts) VALUES
    (1, 'main', 'gpt-5', 'job-2', '2025-10-01', 0, 100000000, 7, '2025-10-02', 'host/1', '2025-11-04T14:10:00.000000000Z', 1,
     '[{"generation":1,"from":"2025-10-02"}]');
INSERT INTO job_details (md, job, date, model, status, attempt, fence, started_at, completed_at, error, stop_reason) VALUES
    (1, 1, '2025-10-01', 'gpt-5', 'completed', 2, 3, '2025-11-03T14:00:02.000000000Z', '2025-11-03T14:01:00.500000000Z', '', 'finish_signal'),
    (2, 1, '2025-10-02', 'gpt-5', 'completed', 1, 4, '2025-11-03T14:01:01.000000000Z', '2025-11-03T14:02:00.000000000Z', '', 'max_steps'),
    (3, 2, '2025-10-02', 'gpt-5', 'running', 1, 7, '2025-11-04T14:00:02.000000000Z', NULL, '', '');
INSERT INTO days (md, book, date, generation, prev_date, prev_generation, opening_cash, opening_holdings, closing_cash, steps,
                  stop_reason, stop_signal, summary, input_tokens, output_tokens, cached_tokens, reasoning_tokens, prices, started_at, closed_at) VALUES
    (1, 1, '2025-10-01', 0, NULL, 0, 100000000, '{}', 74499500, 3, 'finish_signal', 1, 'bought Apple', 1000, 200, 300, 40, 'p1',
     '2025-11-03T14:00:02.000000000Z', '2025-11-03T14:01:00.500000000Z'),
    (2, 1, '2025-10-02', 0, '2025-10-01', 0, 74499500, '{"AAPL":10}', 74499500, 30, 'max_steps', 0, '', 0, 0, 0, 0, 'p1',
     '2025-11-03T14:01:01.000000000Z', '2025-11-03T14:02:00.000000000Z');
INSERT INTO positions (md, seq, action, symbol, amount, price, commission, per_share, numerator, denominator, cash_after) VALUES
    (1, 0, 'buy', 'AAPL', 10000000, 2550000, 500, 0, 0, 0, 74499500),
    (2, 0, 'no_trade', '', 0, 0, 0, 0, 0, 0, 74499500);
INSERT INTO holdings (md, symbol, quantity) VALUES (1, 'AAPL', 10000000), (2, 'AAPL', 10000000);
INSERT INTO reasoning_logs (id, md, step, role, content, reasoning, tool_name, tool_call_id, arguments, as_of, timestamp,
                            input_tokens, output_tokens, cached_tokens, reasoning_tokens) VALUES
    (1, 1, 0, 'system', 'You trade.', '', '', '', '', NULL, '2025-11-03T14:00:02.000000000Z', NULL, NULL, NULL, NULL),
    (2, 1, 1, 'assistant', 'I buy.', 'cheap', '', '', '', NULL, '2025-11-03T14:00:30.000000000Z', 1000, 200, 300, 40),
    (3, 1, 1, 'tool', '{"ok":true}', '', 'buy', 'call_1', '{"symbol":"AAPL","amount":10}', '2025-10-01', '2025-11-03T14:00:31.000000000Z', NULL, NULL, NULL, NULL);
INSERT INTO tool_usage (md, tool, calls, errors) VALUES (1, 'buy', 2, 1);
INSERT INTO price_imports (version, source, imported_at, added, completed, revised) VALUES
    (1, 'prices.csv', '2025-11-01T09:00:00.000000000Z', 3, 0, 0),
    (2, 'fixed.csv', '2025-11-02T09:00:00.000000000Z', 0, 0, 1);
INSERT INTO prices (symbol, date, open, high, low, close, volume, open_only) VALUES
    ('AAPL', '2025-10-01', 2550000, 2580000, 2540000, 2570000, 48713900, 0),
    ('AAPL', '2025-10-02', 2560000, 0, 0, 0, 0, 1);
INSERT INTO price_versions (symbol, date, replaced_by, open, high, low, close, volume, open_only) VALUES
    ('AAPL', '2025-10-01', 2, 2550000, 2580000, 2540000, 2565000, 48713900, 0);
INSERT INTO splits (symbol, ex_date, numerator, denominator) VALUES ('AAPL', '2025-10-02', 4, 1);
INSERT INTO dividends (symbol, ex_date, amount) VALUES ('AAPL', '2025-10-02', 26000000);
