-- What happened, in one order without gaps; `at` in nanoseconds since 1970, `body` as JSON.
CREATE TABLE events (
    seq  INTEGER PRIMARY KEY,
    at   INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

-- Commands that were carried out, so that a repeated one is answered and not done again.
CREATE TABLE commands (
    id    BLOB PRIMARY KEY,
    reply TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What follows is how things stand after the newest event. Each is written in the transaction of the event it follows from.

-- `position` is the order in which tasks were planned.
CREATE TABLE tasks (
    position INTEGER PRIMARY KEY,
    id       BLOB NOT NULL UNIQUE,
    body     TEXT NOT NULL
) STRICT;

-- Questions that wait for a person, in the order they were asked.
CREATE TABLE approvals (
    position INTEGER PRIMARY KEY,
    id       BLOB NOT NULL UNIQUE,
    body     TEXT NOT NULL
) STRICT;

-- The newest event of a kind for a task: what it was given, what it reported.
CREATE TABLE latest (
    task BLOB NOT NULL,
    kind TEXT NOT NULL,
    seq  INTEGER NOT NULL REFERENCES events (seq),
    PRIMARY KEY (task, kind)
) STRICT, WITHOUT ROWID;

-- The file of each repository whose commands a person trusted, by its digest.
CREATE TABLE trusted (
    repository TEXT PRIMARY KEY,
    digest     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
