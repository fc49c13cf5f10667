//! What reports are asked for.

use headcount_contract::Library;
use jiff::civil::Date;

use crate::store::{Filter, Store};

/// The parameters of `GET /reports`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) filter: Filter,
    /// What incomplete reports lack, instead of the complete ones.
    pub(super) incomplete: bool,
    /// A list that leaves incomplete reports out ends as one that broke off.
    pub(super) strict: bool,
}

const EXPECTED: &str = "expected contract, from, to, date, incomplete or strict, each once";

impl Query {
    /// Reads a query string. What is wrong is told without what came.
    pub(super) fn read(query: &str) -> Result<Self, &'static str> {
        let mut read = Self::default();
        let (mut date, mut seen) = (None, Vec::new());
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if seen.contains(&name) {
                return Err(EXPECTED);
            }
            match &*name {
                "contract" => (read.filter.contract, read.filter.version) = contract(&value),
                "from" => read.filter.from = Some(day(&value)?),
                "to" => read.filter.to = Some(day(&value)?),
                "date" => date = Some(day(&value)?),
                "incomplete" => read.incomplete = flag(&value)?,
                "strict" => read.strict = flag(&value)?,
                _ => return Err(EXPECTED),
            }
            seen.push(name);
        }
        let Filter { from, to, .. } = &mut read.filter;
        match date {
            Some(_) if from.is_some() || to.is_some() => {
                return Err("expected either date, or from and to");
            }
            Some(_) => (*from, *to) = (date, date),
            None => {}
        }
        Ok(read)
    }

    /// Whether the contract that is meant is known here, or to the store: a slip of the hand would look like a quiet
    /// day.
    pub(super) async fn is_known(&self, library: &Library, store: &dyn Store) -> bool {
        let Filter { contract, version, .. } = &self.filter;
        let meant = match (contract, version) {
            (None, _) => return true,
            (Some(contract), None) => contract.clone(),
            (Some(contract), Some(version)) => format!("{contract}/{version}"),
        };
        if library.find(&meant).is_some() {
            return true;
        }
        let any = Filter { from: None, to: None, ..self.filter.clone() };
        store.page(&any, None, 1).await.is_ok_and(|rows| !rows.is_empty())
    }
}

/// A name, or a name and a version.
fn contract(value: &str) -> (Option<String>, Option<String>) {
    match value.split_once('/') {
        Some((contract, version)) => (Some(contract.to_owned()), Some(version.to_owned())),
        None => (Some(value.to_owned()), None),
    }
}

fn day(value: &str) -> Result<Date, &'static str> {
    value.parse().map_err(|_| "expected a day as YYYY-MM-DD")
}

/// `?strict` alone means yes.
fn flag(value: &str) -> Result<bool, &'static str> {
    match value {
        "" | "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("expected true or false"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_parameter_is_read() {
        let query =
            Query::read("contract=openfn%2F2&from=2026-11-01&to=2026-11-21&strict").unwrap();
        let filter = Filter {
            contract: Some("openfn".to_owned()),
            version: Some("2".to_owned()),
            from: Some(date(2026, 11, 1)),
            to: Some(date(2026, 11, 21)),
        };
        assert_eq!(query, Query { filter, incomplete: false, strict: true });
        let day = Some(date(2026, 11, 1));
        let query = Query::read("date=2026-11-01&incomplete=true").unwrap();
        assert_eq!((query.filter.from, query.filter.to, query.incomplete), (day, day, true));
        assert_eq!(Query::read("").unwrap(), Query::default());
    }

    #[test]
    fn what_is_not_known_or_comes_twice_is_refused() {
        for (query, expected) in [
            ("contracts=openfn", "expected contract, from"),
            ("from=2026-11-01&from=2026-11-02", "expected contract, from"),
            ("date=2026-11-01&to=2026-11-02", "expected either date"),
            ("date=yesterday", "expected a day"),
            ("strict=maybe", "expected true"),
        ] {
            let error = Query::read(query).unwrap_err();
            assert!(error.starts_with(expected), "{query}: {error}");
        }
    }
}
