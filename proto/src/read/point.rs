//! Data points.

use super::{IN_POINT, Walk};
use crate::error::Fault;
use crate::limits::Tally;
use crate::schema::{self, Message};
use crate::visit::{Kind, Number, Point, Visit};
use crate::wire::{Wire, WireType, key};

// The same in every kind of point.
const START_TIME: u32 = key(2, WireType::Fixed64);
const TIME: u32 = key(3, WireType::Fixed64);

// Of number points.
const AS_DOUBLE: u32 = key(4, WireType::Fixed64);
const AS_INT: u32 = key(6, WireType::Fixed64);
const ATTRIBUTES: u32 = key(7, WireType::Length);
const FLAGS: u32 = key(8, WireType::Varint);

const EMPTY: Point<'_, '_> =
    Point { attributes: &[], start_time_unix_nano: 0, time_unix_nano: 0, value: None, flags: 0 };

impl<'a, V: Visit<'a>> Walk<'_, 'a, V> {
    /// A point of a gauge or a sum.
    pub(super) fn number_point(&mut self, mut wire: Wire<'a>) -> Result<(), Fault> {
        let mut point = EMPTY;
        let mut filled = 0;
        let mut tally = Tally::default();
        while !wire.is_empty() {
            match wire.key()? {
                ATTRIBUTES => self.attribute(wire.message()?, IN_POINT, &mut filled)?,
                START_TIME => point.start_time_unix_nano = wire.fixed64()?,
                TIME => point.time_unix_nano = wire.fixed64()?,
                AS_INT => point.value = Some(Number::Int(wire.fixed64()?.cast_signed())),
                AS_DOUBLE => point.value = Some(Number::Double(f64::from_bits(wire.fixed64()?))),
                FLAGS => point.flags = truncated(wire.varint()?),
                key => {
                    self.check_field(
                        &schema::NUMBER_DATA_POINT,
                        key,
                        &mut wire,
                        &mut tally,
                        IN_POINT,
                    )?;
                }
            }
        }
        self.visit.point(&Point { attributes: &self.attributes[..filled], ..point });
        Ok(())
    }

    /// A point of another kind, which is yielded without its value.
    pub(super) fn other_point(&mut self, kind: Kind, mut wire: Wire<'a>) -> Result<(), Fault> {
        let (message, attributes, flags) = layout(kind);
        let attributes = key(attributes, WireType::Length);
        let flags = key(flags, WireType::Varint);
        let mut point = EMPTY;
        let mut filled = 0;
        let mut tally = Tally::default();
        while !wire.is_empty() {
            match wire.key()? {
                START_TIME => point.start_time_unix_nano = wire.fixed64()?,
                TIME => point.time_unix_nano = wire.fixed64()?,
                key if key == attributes => {
                    self.attribute(wire.message()?, IN_POINT, &mut filled)?;
                }
                key if key == flags => point.flags = truncated(wire.varint()?),
                key => self.check_field(message, key, &mut wire, &mut tally, IN_POINT)?,
            }
        }
        self.visit.point(&Point { attributes: &self.attributes[..filled], ..point });
        Ok(())
    }
}

/// The schema of a kind's points, and the numbers of their attributes and flags.
fn layout(kind: Kind) -> (&'static Message, u32, u32) {
    match kind {
        Kind::Empty | Kind::Gauge | Kind::Sum(_) => (&schema::NUMBER_DATA_POINT, 7, 8),
        Kind::Histogram => (&schema::HISTOGRAM_DATA_POINT, 9, 10),
        Kind::ExponentialHistogram => (&schema::EXPONENTIAL_HISTOGRAM_DATA_POINT, 1, 10),
        Kind::Summary => (&schema::SUMMARY_DATA_POINT, 7, 8),
    }
}

/// A `uint32` that was written with more bits keeps the lower ones, as in every protobuf library.
#[expect(clippy::cast_possible_truncation, reason = "that is what is meant")]
pub(super) fn truncated(value: u64) -> u32 {
    value as u32
}
