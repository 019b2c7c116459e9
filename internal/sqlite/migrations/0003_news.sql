-- Version 3: what a session's searches for news found and might not be shown, as
-- a JSON object {reason: count}, or null.

ALTER TABLE days ADD COLUMN news_refused TEXT NOT NULL DEFAULT 'null';
