//! One database file: whether it is ours and not too new, bringing it up to date, and connecting to it.
//! Nothing is written to a file that is refused.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteSynchronous},
};

use crate::{cause::Cause, open_error::OpenError};

/// What tells one of our databases from another, and how it came to its present shape.
#[derive(Debug)]
pub(crate) struct Kind {
    /// The word for it in sentences.
    pub(crate) name: &'static str,
    /// SQLite's mark for whose file it is.
    pub(crate) application_id: i32,
    /// Forward only; the file's version is how many of these it has been through.
    pub(crate) migrations: &'static [&'static str],
}

/// A database file that has been opened once and found good.
#[derive(Debug)]
pub(crate) struct File {
    path: PathBuf,
    kind: &'static Kind,
    /// A disk of this many pages.
    #[cfg(test)]
    pub(crate) page_limit: std::sync::atomic::AtomicU32,
}

impl File {
    /// Creates the file if there is none, checks whose it is and brings it up to date; an older file is
    /// copied beside itself first, as `NAME.vN`. One opens at a time, here and in other processes.
    pub(crate) async fn open(path: &Path, kind: &'static Kind) -> Result<Self, OpenError> {
        let file = Self {
            path: path.to_owned(),
            kind,
            #[cfg(test)]
            page_limit: u32::MAX.into(),
        };
        let _turn = turn(path).await.map_err(|error| file.io_refusal(error))?;
        create_private(path).map_err(|error| file.io_refusal(error))?;
        let mut connection = file.connect().await.map_err(|e| file.refusal(e))?;
        let prepared = file.prepare(&mut connection).await;
        let closed = connection.close().await.map_err(|e| file.refusal(e));
        prepared.and(closed).map(|()| file)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A connection that writes; every commit is on the disk before it is acknowledged.
    pub(crate) async fn connect(&self) -> Result<SqliteConnection, sqlx::Error> {
        let options = self
            .options()
            .synchronous(SqliteSynchronous::Full)
            // Elsewhere than on macOS these say nothing; there, a plain sync stops at the drive's cache.
            .pragma("fullfsync", "ON")
            .pragma("checkpoint_fullfsync", "ON")
            // `Checkpoints` does it, outside of commits.
            .pragma("wal_autocheckpoint", "0")
            .pragma("journal_size_limit", "67108864");
        #[cfg(test)]
        let options = {
            let limit = self.page_limit.load(std::sync::atomic::Ordering::Relaxed);
            options.pragma("max_page_count", limit.to_string())
        };
        options.connect().await
    }

    /// A connection that cannot write.
    pub(crate) async fn connect_for_reading(&self) -> Result<SqliteConnection, sqlx::Error> {
        self.options().read_only(true).connect().await
    }

    fn options(&self) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(&self.path)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .disable_statement_logging()
    }

    async fn prepare(&self, connection: &mut SqliteConnection) -> Result<(), OpenError> {
        let found = self.version(connection).await?;
        let supported = u32::try_from(self.kind.migrations.len()).unwrap_or(u32::MAX);
        if found > supported {
            return Err(OpenError::Newer {
                path: self.path.clone(),
                found,
                supported,
            });
        }
        if (1..supported).contains(&found) {
            self.back_up(connection, found).await?;
        }
        if found < supported {
            self.migrate(connection).await?;
        }
        sqlx::query("PRAGMA journal_mode = WAL")
            .execute(connection)
            .await
            .map(drop)
            .map_err(|e| self.refusal(e))
    }

    /// How many migrations the file has been through: none if it is new.
    async fn version(&self, connection: &mut SqliteConnection) -> Result<u32, OpenError> {
        let (application, version, tables): (i64, i64, i64) = sqlx::query_as(
            "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
             FROM pragma_application_id, pragma_user_version",
        )
        .fetch_one(connection)
        .await
        .map_err(|e| self.refusal(e))?;
        let new = (application, version, tables) == (0, 0, 0);
        match u32::try_from(version) {
            Ok(version) if new || application == i64::from(self.kind.application_id) => Ok(version),
            _ => Err(self.not_ours()),
        }
    }

    async fn back_up(
        &self,
        connection: &mut SqliteConnection,
        version: u32,
    ) -> Result<(), OpenError> {
        let mut copy = self.path.clone().into_os_string();
        copy.push(format!(".v{version}"));
        let copy = PathBuf::from(copy);
        // A copy that is already there was left by an upgrade that did not come to its end.
        match fs::remove_file(&copy) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(self.io_refusal(error));
            }
            _ => create_private(&copy).map_err(|error| self.io_refusal(error))?,
        }
        sqlx::query("VACUUM INTO ?")
            .bind(copy.to_string_lossy().into_owned())
            .execute(connection)
            .await
            .map(drop)
            .map_err(|e| self.refusal(e))
    }

    /// All missing migrations or none of them.
    async fn migrate(&self, connection: &mut SqliteConnection) -> Result<(), OpenError> {
        let mut transaction = connection
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(|e| self.refusal(e))?;
        // Another process may have come first while this one waited for the lock.
        let version = self.version(&mut transaction).await? as usize;
        let mut script = self.kind.migrations.get(version..).unwrap_or(&[]).concat();
        script.push_str(&format!(
            "PRAGMA application_id = {}; PRAGMA user_version = {};",
            self.kind.application_id,
            self.kind.migrations.len()
        ));
        sqlx::raw_sql(AssertSqlSafe(script))
            .execute(&mut *transaction)
            .await
            .map_err(|e| self.refusal(e))?;
        transaction.commit().await.map_err(|e| self.refusal(e))
    }

    fn not_ours(&self) -> OpenError {
        OpenError::NotADatabase {
            path: self.path.clone(),
            kind: self.kind.name,
        }
    }

    pub(crate) fn refusal(&self, error: sqlx::Error) -> OpenError {
        self.refused(Cause::of(&error), Arc::new(error))
    }

    fn io_refusal(&self, error: io::Error) -> OpenError {
        self.refused(Cause::of_io(&error), Arc::new(error))
    }

    fn refused(&self, cause: Cause, source: Arc<dyn std::error::Error + Send + Sync>) -> OpenError {
        let path = self.path.clone();
        match cause {
            Cause::NoSpace => OpenError::NoSpace { path },
            Cause::Denied => OpenError::Denied { path },
            Cause::Corrupt => OpenError::Corrupt { path },
            Cause::NotADatabase => self.not_ours(),
            Cause::Busy | Cause::Other => OpenError::Io { path, source },
        }
    }
}

/// Waits until nobody else opens the database at `path`, until what is returned is dropped. SQLite's own locks do not
/// suffice: none of them is waited for while a new file is made to have a write-ahead log.
async fn turn(path: &Path) -> io::Result<fs::File> {
    let mut beside = path.to_owned().into_os_string();
    beside.push(".lock");
    let waiting = tokio::task::spawn_blocking(move || {
        let lock = private().write(true).create(true).open(beside)?;
        lock.lock()?;
        Ok(lock)
    });
    waiting.await.map_err(io::Error::other)?
}

/// Creates an empty file that nobody else may read; SQLite gives its side files the same permissions. One that is there
/// is not even opened: closing it would take away the locks that SQLite holds on it elsewhere in this process.
fn create_private(path: &Path) -> io::Result<()> {
    match private().write(true).create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        created => return created.map(drop),
    }
    // SQLite would open it all the same, and fail with the first thing that is said.
    if fs::metadata(path)?.permissions().readonly() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    Ok(())
}

fn private() -> fs::OpenOptions {
    #[cfg(unix)]
    {
        let mut options = fs::OpenOptions::new();
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options
    }
    // There a file is its owner's by the folder it is in.
    #[cfg(not(unix))]
    fs::OpenOptions::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATE: &str = "CREATE TABLE words (word TEXT NOT NULL) STRICT;";
    const EXTEND: &str = "ALTER TABLE words ADD COLUMN length INTEGER NOT NULL DEFAULT 0;
        UPDATE words SET length = length(word);";

    const fn kind(migrations: &'static [&'static str]) -> Kind {
        Kind {
            name: "list",
            application_id: 7,
            migrations,
        }
    }

    static OLD: Kind = kind(&[CREATE]);
    static NEW: Kind = kind(&[CREATE, EXTEND]);
    static BROKEN: Kind = kind(&[CREATE, "DELETE FROM words; SELECT nonsense;"]);

    async fn old_file(path: &Path) {
        let file = File::open(path, &OLD).await.unwrap();
        let mut connection = file.connect().await.unwrap();
        sqlx::query("INSERT INTO words VALUES ('seven')")
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
    }

    async fn words<T>(path: &Path, kind: &'static Kind, query: &'static str) -> Vec<T>
    where
        T: for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow> + Send + Unpin,
    {
        let file = File::open(path, kind).await.unwrap();
        let mut connection = file.connect_for_reading().await.unwrap();
        sqlx::query_as(query)
            .fetch_all(&mut connection)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn an_older_file_is_copied_and_brought_up_to_date() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("list.db");
        old_file(&path).await;
        // Left by an upgrade that was cut off.
        fs::write(home.path().join("list.db.v1"), "half a copy").unwrap();

        let rows: Vec<(String, i64)> = words(&path, &NEW, "SELECT * FROM words").await;
        assert_eq!(rows, [("seven".to_owned(), 5)]);
        let copy: Vec<(String,)> =
            words(&home.path().join("list.db.v1"), &OLD, "SELECT * FROM words").await;
        assert_eq!(copy, [("seven".to_owned(),)]);
    }

    #[tokio::test]
    async fn a_migration_that_fails_leaves_the_file_as_it_was() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("list.db");
        old_file(&path).await;
        let error = File::open(&path, &BROKEN).await.unwrap_err();
        assert!(matches!(error, OpenError::Io { .. }), "{error:?}");
        let rows: Vec<(String,)> = words(&path, &OLD, "SELECT * FROM words").await;
        assert_eq!(rows, [("seven".to_owned(),)]);
    }

    #[tokio::test]
    async fn a_newer_file_is_refused_with_both_versions() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("list.db");
        File::open(&path, &NEW).await.unwrap();
        let before = fs::read(&path).unwrap();
        let error = File::open(&path, &OLD).await.unwrap_err();
        assert!(
            matches!(
                error,
                OpenError::Newer {
                    found: 2,
                    supported: 1,
                    ..
                }
            ),
            "{error:?}"
        );
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[tokio::test]
    async fn those_who_open_a_new_file_at_once_find_the_same() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("list.db");
        let all = futures::future::join_all((0..16).map(|_| File::open(&path, &NEW))).await;
        for file in all {
            file.unwrap();
        }
        assert_eq!(
            words::<(String, i64)>(&path, &NEW, "SELECT * FROM words").await,
            []
        );
    }

    #[tokio::test]
    async fn a_file_that_may_not_be_written_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("list.db");
        old_file(&path).await;
        let mut permissions = fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).unwrap();
        let error = File::open(&path, &OLD).await.unwrap_err();
        assert!(matches!(error, OpenError::Denied { .. }), "{error:?}");
    }
}
