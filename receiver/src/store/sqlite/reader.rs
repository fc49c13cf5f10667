//! Reading beside the writer, in this process or another.

use std::path::Path;
use std::sync::Arc;

use rusqlite::types::Value;
use rusqlite::{Connection, Transaction, params_from_iter};

use super::database::{BUSY, Database};
use super::row::Form;
use super::schema::marks;
use super::{instances, outbox};
use crate::error::Error;
use crate::secret::Keys;
use crate::store::key::days;
use crate::store::{Filter, InstanceKey, Outgoing, Row, StoredKey};

/// Reports that are read at once: few enough to hold, many enough to be quick.
const PAGE: usize = 64;
/// Reads a database, also while a receiver writes it. Changes nothing.
#[derive(Debug)]
pub struct Reader {
    pub(super) database: Arc<Database>,
    pub(super) connection: Connection,
}

impl Reader {
    /// Opens a database that is there, with the keys under which it was written.
    ///
    /// Errors: there is none, it cannot be read, is not ours, or a newer one, or was written under other keys.
    pub fn open(path: &Path, keys: &Keys) -> Result<Self, Error> {
        Self::of(Arc::new(Database::new(path, keys.seal(), BUSY)?))
    }

    pub(super) fn of(database: Arc<Database>) -> Result<Self, Error> {
        let connection = database.read()?;
        Ok(Self { database, connection })
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
                after = rows.last().map(|row| row.key.clone());
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
        self.reading(|transaction, form| {
            let (sql, values) = select(form.columns(), filter, after, most);
            let mut statement = transaction.prepare_cached(&sql)?;
            let rows = statement.query_map(params_from_iter(values), |row| form.read(row))?;
            rows.collect()
        })
    }

    /// Reads one state of the database, in the form that it has then: a writer may bring it up to date at any time.
    pub(super) fn reading<T>(
        &self,
        read: impl FnOnce(&Transaction<'_>, Form<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let read = || {
            let transaction = self.connection.unchecked_transaction()?;
            let (_, version) = marks(&transaction)?;
            read(&transaction, Form::of(version, self.database.seal()))
        };
        read().map_err(|error| self.database.explain(&error))
    }

    /// As [`Store::outgoing`](crate::Store::outgoing).
    pub(super) fn outgoing(&self, most: usize) -> Result<Vec<Outgoing>, Error> {
        let oldest = outbox::oldest(&self.connection, self.database.seal(), most);
        oldest.map_err(|error| self.database.explain(&error))
    }

    /// As [`Store::known`](crate::Store::known).
    pub(super) fn known(&self, instances: &[InstanceKey]) -> Result<Vec<bool>, Error> {
        let known =
            |instance| instances::seen(&self.connection, instance).map(|seen| seen.is_some());
        let known = instances.iter().map(known).collect::<rusqlite::Result<_>>();
        known.map_err(|error| self.database.explain(&error))
    }
}

/// The query for a page. `after` is a report that the filter admits, so the columns that the
/// filter fixes need no comparison, and the others follow them in the index.
fn select(
    columns: &str,
    filter: &Filter,
    after: Option<&StoredKey>,
    most: usize,
) -> (String, Vec<Value>) {
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
            require(comparison.to_owned(), days(*date).into());
        }
    }
    if let Some(StoredKey { contract, version, date, instance }) = after {
        let mut order = vec!["date", "instance"];
        let mut behind = vec![days(*date).into(), instance.as_bytes().to_vec().into()];
        let open = fixed.iter().zip([contract, version]).rev();
        for ((column, _), value) in open.filter(|((_, fixed), _)| fixed.is_none()) {
            order.insert(0, column);
            behind.insert(0, value.clone().into());
        }
        let marks = vec!["?"; order.len()].join(", ");
        conditions.push(format!("({}) > ({marks})", order.join(", ")));
        values.extend(behind);
    }
    let conditions = match conditions.join(" AND ") {
        none if none.is_empty() => none,
        some => format!(" WHERE {some}"),
    };
    let sql = format!(
        "SELECT {columns} FROM report{conditions} \
         ORDER BY contract, version, date, instance LIMIT {most}"
    );
    (sql, values)
}
