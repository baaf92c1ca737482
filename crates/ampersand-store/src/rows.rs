//! Many rows in few statements: crossing to SQLite's thread costs more than writing a row, and on a busy machine each
//! crossing waits for a turn.

use std::iter;

use sqlx::{AssertSqlSafe, Sqlite, SqliteConnection, query::Query, sqlite::SqliteArguments};

/// Rows of one statement at most: with four columns far below SQLite's limit of bound values.
const AT_ONCE: usize = 512;

/// A statement while its values are bound.
pub(crate) type Binding = Query<'static, Sqlite, SqliteArguments>;

/// A statement that takes any number of rows: `head VALUES row, row, … tail`.
pub(crate) struct Rows {
    /// `INSERT INTO` with the columns.
    pub(crate) head: &'static str,
    /// The placeholders of one row, in brackets.
    pub(crate) row: &'static str,
    /// What is to happen to rows that are there.
    pub(crate) tail: &'static str,
}

impl Rows {
    /// Writes all rows in their order; `bind` binds the values of one.
    pub(crate) async fn write<T>(
        &self,
        connection: &mut SqliteConnection,
        rows: Vec<T>,
        bind: impl Fn(Binding, T) -> Binding,
    ) -> Result<(), sqlx::Error> {
        let mut left = rows.len();
        let mut rows = rows.into_iter();
        while left > 0 {
            let size = left.min(AT_ONCE);
            left -= size;
            // Statements of odd sizes would only push the others out of the cache.
            let is_usual = size == 1 || size == AT_ONCE;
            let query = sqlx::query(AssertSqlSafe(self.statement(size))).persistent(is_usual);
            let query = rows.by_ref().take(size).fold(query, &bind);
            query.execute(&mut *connection).await?;
        }
        Ok(())
    }

    fn statement(&self, size: usize) -> String {
        let Self { head, row, tail } = self;
        let values: Vec<&str> = iter::repeat_n(*row, size).collect();
        format!("{head} VALUES {} {tail}", values.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use sqlx::Connection;

    use super::*;

    #[tokio::test]
    async fn any_number_of_rows_is_written_once_and_in_order() {
        let rows = Rows {
            head: "INSERT INTO numbers (number)",
            row: "(?)",
            tail: "",
        };
        for count in [0, 1, 2, AT_ONCE, 2 * AT_ONCE + 77] {
            let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
            let table = "CREATE TABLE numbers (position INTEGER PRIMARY KEY, number INTEGER)";
            sqlx::query(table).execute(&mut connection).await.unwrap();
            let numbers: Vec<i64> = (0..i64::try_from(count).unwrap()).collect();
            let bind = |query: Binding, number| query.bind(number);
            rows.write(&mut connection, numbers.clone(), bind)
                .await
                .unwrap();
            let found: Vec<i64> =
                sqlx::query_scalar("SELECT number FROM numbers ORDER BY position")
                    .fetch_all(&mut connection)
                    .await
                    .unwrap();
            assert_eq!(found, numbers);
        }
    }
}
