//! Reading beside the writer, in this process or another.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::database::Database;
use super::row;
use crate::error::Error;
use crate::store::{Filter, Row, StoredKey};

/// Reports that are read at once: few enough to hold, many enough to be quick.
const PAGE: usize = 64;
/// How long reading waits where a writer changes the log.
const BUSY: Duration = Duration::from_secs(2);

/// Reads a database, also while a receiver writes it. Changes nothing.
#[derive(Debug)]
pub struct Reader {
    pub(super) database: Arc<Database>,
    pub(super) connection: Connection,
}

impl Reader {
    /// Opens a database that is there.
    ///
    /// Errors: there is none, it cannot be read, is not ours, or a newer one.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::of(Arc::new(Database::new(path, BUSY)?))
    }

    pub(super) fn of(database: Arc<Database>) -> Result<Self, Error> {
        let connection = database.read()?;
        Ok(Self { database, connection })
    }

    /// Whether there is no report at all.
    pub fn is_empty(&self) -> Result<bool, Error> {
        let query = "SELECT NOT EXISTS (SELECT 1 FROM report)";
        self.connection
            .query_row(query, [], |row| row.get(0))
            .map_err(|error| self.database.explain(&error))
    }

    /// Every report that the filter admits, in the order of the keys, a page at a time.
    pub fn reports(&self, filter: Filter) -> impl Iterator<Item = Result<Row, Error>> {
        let mut after: Option<StoredKey> = None;
        let mut over = false;
        let pages = std::iter::from_fn(move || {
            if over {
                return None;
            }
            let page = self.page(&filter, after.as_ref(), PAGE);
            over = !matches!(&page, Ok(rows) if rows.len() == PAGE);
            if let Ok(rows) = &page {
                after = rows.last().map(|(key, _)| key.clone());
            }
            Some(match page {
                Ok(rows) => rows.into_iter().map(Ok).collect(),
                Err(error) => vec![Err(error)],
            })
        });
        pages.flatten()
    }

    pub(super) fn page(
        &self,
        filter: &Filter,
        after: Option<&StoredKey>,
        most: usize,
    ) -> Result<Vec<Row>, Error> {
        let (sql, values) = select(filter, after, most);
        let read = || {
            let mut statement = self.connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params_from_iter(values), row::read)?;
            rows.collect::<rusqlite::Result<Vec<Row>>>()
        };
        read().map_err(|error| self.database.explain(&error))
    }
}

/// The query for a page. `after` is a report that the filter admits, so the columns that the
/// filter fixes need no comparison, and the others follow them in the index.
fn select(filter: &Filter, after: Option<&StoredKey>, most: usize) -> (String, Vec<Value>) {
    let Filter { contract, version, from, to } = filter;
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    let mut require = |condition: String, value: Value| {
        conditions.push(condition);
        values.push(value);
    };
    let fixed = [("contract", contract), ("version", version)];
    for (column, value) in fixed {
        if let Some(value) = value {
            require(format!("{column} = ?"), value.clone().into());
        }
    }
    for (comparison, date) in [("date >= ?", from), ("date <= ?", to)] {
        if let Some(date) = date {
            require(comparison.to_owned(), row::days(*date).into());
        }
    }
    if let Some(StoredKey { contract, version, date, instance }) = after {
        let mut columns = vec!["date", "instance"];
        let mut behind = vec![row::days(*date).into(), instance.as_bytes().to_vec().into()];
        let open = fixed.iter().zip([contract, version]).rev();
        for ((column, _), value) in open.filter(|((_, fixed), _)| fixed.is_none()) {
            columns.insert(0, column);
            behind.insert(0, value.clone().into());
        }
        let marks = vec!["?"; columns.len()].join(", ");
        conditions.push(format!("({}) > ({marks})", columns.join(", ")));
        values.extend(behind);
    }
    let conditions = match conditions.join(" AND ") {
        none if none.is_empty() => none,
        some => format!(" WHERE {some}"),
    };
    let sql = format!(
        "SELECT contract, version, date, instance, part FROM report{conditions} \
         ORDER BY contract, version, date, instance LIMIT {most}"
    );
    (sql, values)
}
