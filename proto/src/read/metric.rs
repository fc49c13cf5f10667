//! Metrics: the head, and which of the data are to be visited.

use super::{FieldName, IN_METRIC, IN_POINTS, Walk};
use crate::error::Fault;
use crate::limits::{Bound, Tally};
use crate::schema::{self, Message};
use crate::visit::{Kind, Metric, Visit};
use crate::wire::{Wire, WireType, key};

const NAME: u32 = key(1, WireType::Length);
const UNIT: u32 = key(3, WireType::Length);

const POINT: u32 = key(1, WireType::Length);

/// The members of `Metric.data`.
fn kind_of(field: u32) -> Option<Kind> {
    const GAUGE: u32 = key(5, WireType::Length);
    const SUM: u32 = key(7, WireType::Length);
    const HISTOGRAM: u32 = key(9, WireType::Length);
    const EXPONENTIAL_HISTOGRAM: u32 = key(10, WireType::Length);
    const SUMMARY: u32 = key(11, WireType::Length);
    match field {
        GAUGE => Some(Kind::Gauge),
        SUM => Some(Kind::Sum),
        HISTOGRAM => Some(Kind::Histogram),
        EXPONENTIAL_HISTOGRAM => Some(Kind::ExponentialHistogram),
        SUMMARY => Some(Kind::Summary),
        _ => None,
    }
}

/// The schema of a kind's data.
fn schema_of(kind: Kind) -> &'static Message {
    match kind {
        Kind::Empty | Kind::Gauge => &schema::GAUGE,
        Kind::Sum => &schema::SUM,
        Kind::Histogram => &schema::HISTOGRAM,
        Kind::ExponentialHistogram => &schema::EXPONENTIAL_HISTOGRAM,
        Kind::Summary => &schema::SUMMARY,
    }
}

/// The occurrences of `Metric.data`, a oneof: the last kind remains, and what came of it in
/// unbroken sequence at the end is merged.
struct Found<'a> {
    kind: Kind,
    /// The last occurrence.
    last: Wire<'a>,
    /// How many there are in all.
    count: usize,
    /// How many at the beginning are replaced by later ones.
    replaced: usize,
}

impl<'a> Found<'a> {
    fn add(&mut self, kind: Kind, wire: Wire<'a>) {
        if self.kind != kind {
            self.replaced = self.count;
        }
        self.kind = kind;
        self.last = wire;
        self.count += 1;
    }
}

impl<'a, V: Visit<'a>> Walk<'_, 'a, V> {
    pub(super) fn metric(&mut self, mut wire: Wire<'a>) -> Result<(), Fault> {
        let fields = wire;
        let mut name = "";
        let mut unit = "";
        let mut found = Found { kind: Kind::Empty, last: wire, count: 0, replaced: 0 };
        let mut tally = Tally::default();
        while !wire.is_empty() {
            let key = wire.key()?;
            if let Some(kind) = kind_of(key) {
                found.add(kind, wire.message()?);
                continue;
            }
            match key {
                NAME => {
                    name = self.text(&mut wire, Bound::ValueBytes, FieldName("Metric", "name"))?;
                }
                UNIT => {
                    unit = self.text(&mut wire, Bound::ValueBytes, FieldName("Metric", "unit"))?;
                }
                key => self.check_field(&schema::METRIC, key, &mut wire, &mut tally, IN_METRIC)?,
            }
        }
        self.visit.metric(&Metric { name, unit, kind: found.kind });
        match found.count {
            0 => Ok(()),
            1 => self.points(found.kind, found.last),
            _ => self.merged(&found, fields),
        }
    }

    /// Data in several pieces, which must all be right though only the last kind's are visited.
    #[cold]
    fn merged(&mut self, found: &Found<'a>, mut wire: Wire<'a>) -> Result<(), Fault> {
        let mut index = 0;
        while index < found.count {
            let key = wire.key()?;
            let Some(kind) = kind_of(key) else {
                wire.skip(key, IN_METRIC)?;
                continue;
            };
            let piece = wire.message()?;
            if index < found.replaced {
                self.check(schema_of(kind), piece, IN_POINTS)?;
            } else {
                self.points(kind, piece)?;
            }
            index += 1;
        }
        Ok(())
    }

    fn points(&mut self, kind: Kind, mut wire: Wire<'a>) -> Result<(), Fault> {
        while !wire.is_empty() {
            match wire.key()? {
                POINT => {
                    self.place.enter_point();
                    self.take(Bound::Points, &wire)?;
                    let point = wire.message()?;
                    match kind {
                        Kind::Empty | Kind::Gauge | Kind::Sum => self.number_point(point)?,
                        kind => self.other_point(kind, point)?,
                    }
                }
                key => self.other_field(schema_of(kind), key, &mut wire, IN_POINTS)?,
            }
        }
        Ok(())
    }
}
