-- `at` in nanoseconds since 1970, `body` as JSON; `streaming` while words of a reply are still to come.
CREATE TABLE messages (
    id        BLOB PRIMARY KEY,
    position  INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    streaming INTEGER NOT NULL,
    body      TEXT NOT NULL
) STRICT;

CREATE INDEX messages_by_position ON messages (position);
CREATE INDEX messages_streaming ON messages (position) WHERE streaming = 1;

-- Tasks as the orchestrator last told them, so that a window can be painted before it is reached.
CREATE TABLE tasks (
    position INTEGER PRIMARY KEY,
    id       BLOB NOT NULL UNIQUE,
    body     TEXT NOT NULL
) STRICT;

-- The newest number of the orchestrator's journal whose cards are in `messages`: one row.
CREATE TABLE taken_in (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    seq  INTEGER NOT NULL
) STRICT;

INSERT INTO taken_in (only, seq) VALUES (1, 0);

-- Commands the orchestrator has not acknowledged yet, in the order they were made.
CREATE TABLE outbox (
    position INTEGER PRIMARY KEY,
    id       BLOB NOT NULL UNIQUE,
    command  TEXT NOT NULL
) STRICT;

CREATE TABLE preferences (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What stands in the composer: one row.
CREATE TABLE draft (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    text TEXT NOT NULL
) STRICT;

INSERT INTO draft (only, text) VALUES (1, '');
