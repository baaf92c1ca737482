-- Hosts that a person allowed a task for as long as it lasts.
CREATE TABLE granted (
    task BLOB NOT NULL,
    host TEXT NOT NULL,
    PRIMARY KEY (task, host)
) STRICT, WITHOUT ROWID;
