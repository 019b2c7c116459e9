-- Version 7: the same checks, written as comparisons. SQLite builds a table of its
-- own for a list of more than two values, in each statement that has to check it.
--
-- The text of a check may be changed in place, because it is not a part of what
-- is stored: see "Making Other Kinds Of Table Schema Changes" in SQLite's ALTER
-- TABLE. The number of the schema is left as it is: a connection that is open keeps
-- to the same rules in their old form.

PRAGMA writable_schema = ON;

UPDATE sqlite_schema SET sql = replace(sql,
    'CHECK (status IN (''pending'', ''running'', ''completed'', ''partial'', ''failed'', ''cancelled''))',
    'CHECK (status = ''pending'' OR status = ''running'' OR status = ''completed'' OR status = ''partial'' OR status = ''failed'' OR status = ''cancelled'')')
WHERE type = 'table' AND name = 'jobs';

UPDATE sqlite_schema SET sql = replace(sql,
    'CHECK (status IN (''running'', ''completed'', ''failed'', ''skipped''))',
    'CHECK (status = ''running'' OR status = ''completed'' OR status = ''failed'' OR status = ''skipped'')')
WHERE type = 'table' AND name = 'job_details';

UPDATE sqlite_schema SET sql = replace(sql,
    'CHECK (action IN (''buy'', ''sell'', ''split'', ''dividend'', ''no_trade''))',
    'CHECK (action = ''buy'' OR action = ''sell'' OR action = ''split'' OR action = ''dividend'' OR action = ''no_trade'')')
WHERE type = 'table' AND name = 'positions';

PRAGMA writable_schema = RESET;
