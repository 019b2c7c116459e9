-- Version 6: the date that was started last is not stored any more. Nobody read it:
-- a status tells the date from the model-days.
ALTER TABLE jobs DROP COLUMN at_date;
