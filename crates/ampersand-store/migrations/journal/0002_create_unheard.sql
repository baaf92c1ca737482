-- What tasks were told and no agent has taken in yet, in the order it was said.
CREATE TABLE unheard (
    seq  INTEGER PRIMARY KEY REFERENCES events (seq),
    task BLOB NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX unheard_by_task ON unheard (task);
