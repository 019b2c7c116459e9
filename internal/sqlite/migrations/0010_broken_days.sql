-- Version 10: the few model-days that ended with broken answers are counted without
-- looking at the others. The condition is a chain of comparisons for the reason that
-- version 7 gives.

CREATE INDEX job_details_broken ON job_details (job)
    WHERE stop_reason = 'truncated' OR stop_reason = 'filtered' OR stop_reason = 'text_tool_call' OR stop_reason = 'empty';
