//! The days for which reports are taken. What is further back is closed, so that figures for it do not change any more.

use std::ops::RangeInclusive;

use headcount_contract::{Contract, Library, Secret, sort_within};
use jiff::Span;
use jiff::civil::Date;

use crate::clock::Clock;
use crate::decode::Sort;
use crate::error::{Error, Kind};
use crate::settings;

/// The days and contracts of which reports are taken over the network.
#[derive(Clone, Debug)]
pub(crate) struct Days {
    before: u32,
    contracts: Vec<String>,
    clock: Clock,
}

impl Days {
    /// Those that the settings say.
    ///
    /// Errors: a contract that the library does not have.
    pub(crate) fn new(
        settings: &settings::Admission,
        library: &Library,
        clock: Clock,
    ) -> Result<Self, Error> {
        let contracts = settings.contracts.clone();
        let known = |label: &&String| library.iter().any(|contract| is(contract, label));
        if let Some(label) = contracts.iter().find(|label| !known(label)) {
            let known = library.labels().join(", ");
            return Err(Kind::Contract { label: label.clone(), known }.into());
        }
        Ok(Self { before: settings.days, contracts, clock })
    }

    /// Sorts requests, and takes of them what is for these days. `ids` is the key for ids that came in clear.
    pub(crate) fn sort(self, ids: Secret) -> Sort {
        Box::new(move |library, bytes, limits| {
            // One day for the whole request, also at midnight.
            let today = self.clock.today();
            let window = |contract: &Contract| self.of(contract, today);
            sort_within(&window, library, &ids, bytes, limits)
        })
    }

    fn of(&self, contract: &Contract, today: Date) -> Option<RangeInclusive<Date>> {
        is_among(&self.contracts, contract).then(|| open(today, Some(self.before)))
    }
}

/// Whether reports for the contract are taken.
pub(crate) fn takes(settings: &settings::Admission, contract: &Contract) -> bool {
    is_among(&settings.contracts, contract)
}

/// Whether one of the labels means the contract; all do where there are none.
fn is_among(labels: &[String], contract: &Contract) -> bool {
    labels.is_empty() || labels.iter().any(|label| is(contract, label))
}

/// Whether the label, such as `openfn` or `openfn/2`, means the contract.
fn is(contract: &Contract, label: &str) -> bool {
    label == contract.name() || label == contract.label()
}

/// Sorts requests that somebody imports, and takes of them what the contract still keeps.
pub(crate) fn sort_kept(clock: Clock, ids: Secret) -> Sort {
    Box::new(move |library, bytes, limits| {
        let today = clock.today();
        let window = |contract: &Contract| Some(open(today, contract.intake().keep_reports_days));
        sort_within(&window, library, &ids, bytes, limits)
    })
}

/// A clock that shows an earlier day was never set: machines without a battery begin in 1970. It does not know what lies
/// ahead, and what is rejected does not come again.
const NOT_SET_BEFORE: Date = Date::constant(2024, 1, 1);

/// So many days before today, all where no number says, until tomorrow: an instance may be ahead by its time zone or
/// its clock.
fn open(today: Date, before: Option<u32>) -> RangeInclusive<Date> {
    let first = before.map_or(Date::MIN, |days| {
        Span::new().try_days(days).map_or(Date::MIN, |span| today.saturating_sub(span))
    });
    let set = today >= NOT_SET_BEFORE;
    first..=today.tomorrow().ok().filter(|_| set).unwrap_or(Date::MAX)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 11, 21);

    #[test]
    fn days_are_open_from_so_many_before_today_until_tomorrow() {
        assert_eq!(open(TODAY, Some(14)), date(2026, 11, 7)..=date(2026, 11, 22));
        assert_eq!(open(TODAY, Some(u32::MAX)), Date::MIN..=date(2026, 11, 22));
        assert_eq!(open(TODAY, None), Date::MIN..=date(2026, 11, 22));
        // Of a clock that was never set.
        assert_eq!(open(date(1970, 1, 1), Some(14)), date(1969, 12, 18)..=Date::MAX);
        assert_eq!(open(Date::MIN, Some(14)), Date::MIN..=Date::MAX);
        assert_eq!(*open(Date::MAX, Some(14)).end(), Date::MAX);
    }

    #[test]
    fn contracts_are_taken_by_name_or_label_and_all_where_none_is_named() {
        let library = Library::built_in();
        let taken = |contracts: &[&str]| {
            let contracts = contracts.iter().map(|&label| label.to_owned()).collect();
            let settings = settings::Admission { contracts, ..settings::Admission::default() };
            let days = Days::new(&settings, &library, Clock::system())?;
            let taken = library.iter().filter(|contract| days.of(contract, TODAY).is_some());
            Ok::<_, Error>(taken.map(|contract| contract.label()).collect::<Vec<_>>())
        };
        assert_eq!(taken(&[]).unwrap(), library.labels());
        assert_eq!(taken(&["openfn/2"]).unwrap(), ["openfn/2"]);
        assert_eq!(taken(&["manyfold", "openfn/1"]).unwrap(), ["openfn/1", "manyfold/0.90"]);
        let error = taken(&["openfn", "openfn/4"]).unwrap_err();
        assert!(error.is_configuration());
        let said = error.to_string();
        assert!(said.starts_with("expected admission.contracts to name known contracts (openf"));
        assert!(said.ends_with("), got openfn/4"), "{said}");
    }
}
