-- Version 8: answers of a model that are no decision, and input tokens that its
-- provider wrote to its cache.

ALTER TABLE days ADD COLUMN cache_write_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reasoning_logs ADD COLUMN cache_write_tokens INTEGER; -- NULL where no usage was reported, or before version 8
ALTER TABLE reasoning_logs ADD COLUMN broken TEXT NOT NULL DEFAULT '';
