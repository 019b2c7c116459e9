-- Version 9: which opened stores have written to the file, each with a name of its
-- own: a copy that has all writers of a file lacks nothing that the file has.
CREATE TABLE writers (
    writer TEXT NOT NULL PRIMARY KEY,
    since  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
