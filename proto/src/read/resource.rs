//! Resources and scopes: a head with attributes, and then what stands below it.

use super::{FieldName, Occurrences, Walk};
use crate::error::Fault;
use crate::limits::{Bound, Tally};
use crate::schema;
use crate::visit::{Resource, Scope, Visit};
use crate::wire::{Wire, WireType, key};

/// `ResourceMetrics.resource` and `ScopeMetrics.scope`.
const HEAD: u32 = key(1, WireType::Length);
/// `ResourceMetrics.scope_metrics` and `ScopeMetrics.metrics`.
const BELOW: u32 = key(2, WireType::Length);
const SCHEMA_URL: u32 = key(3, WireType::Length);

const RESOURCE_ATTRIBUTES: u32 = key(1, WireType::Length);

const SCOPE_NAME: u32 = key(1, WireType::Length);
const SCOPE_VERSION: u32 = key(2, WireType::Length);
const SCOPE_ATTRIBUTES: u32 = key(3, WireType::Length);

impl<'a, V: Visit<'a>> Walk<'_, 'a, V> {
    pub(super) fn resource_metrics(&mut self, mut wire: Wire<'a>) -> Result<(), Fault> {
        let mut schema_url = "";
        let mut filled = 0;
        let mut scopes = Occurrences::none(wire);
        while !wire.is_empty() {
            let field = wire;
            match wire.key()? {
                HEAD => self.resource(wire.message()?, &mut filled)?,
                BELOW => {
                    wire.message()?;
                    scopes.add(field);
                }
                SCHEMA_URL => {
                    let name = FieldName("ResourceMetrics", "schemaUrl");
                    schema_url = self.text(&mut wire, Bound::ValueBytes, name)?;
                }
                key => self.other_field(&schema::RESOURCE_METRICS, key, &mut wire)?,
            }
        }
        let attributes = &self.attributes[..filled];
        self.visit.resource(&Resource {
            schema_url,
            attributes,
        });
        while let Some(scope) = scopes.next(BELOW)? {
            self.place.enter_scope();
            self.take(Bound::Scopes, &scope)?;
            self.scope_metrics(scope)?;
        }
        Ok(())
    }

    fn resource(&mut self, mut wire: Wire<'a>, filled: &mut usize) -> Result<(), Fault> {
        let mut tally = Tally::default();
        while !wire.is_empty() {
            match wire.key()? {
                RESOURCE_ATTRIBUTES => self.attribute(wire.message()?, filled)?,
                key => self.check_field(&schema::RESOURCE, key, &mut wire, &mut tally, 0)?,
            }
        }
        Ok(())
    }

    fn scope_metrics(&mut self, mut wire: Wire<'a>) -> Result<(), Fault> {
        let mut head = Scope {
            schema_url: "",
            name: "",
            version: "",
            attributes: &[],
        };
        let mut filled = 0;
        let mut metrics = Occurrences::none(wire);
        while !wire.is_empty() {
            let field = wire;
            match wire.key()? {
                HEAD => self.scope(wire.message()?, &mut head, &mut filled)?,
                BELOW => {
                    wire.message()?;
                    metrics.add(field);
                }
                SCHEMA_URL => {
                    let name = FieldName("ScopeMetrics", "schemaUrl");
                    head.schema_url = self.text(&mut wire, Bound::ValueBytes, name)?;
                }
                key => self.other_field(&schema::SCOPE_METRICS, key, &mut wire)?,
            }
        }
        self.visit.scope(&Scope {
            attributes: &self.attributes[..filled],
            ..head
        });
        while let Some(metric) = metrics.next(BELOW)? {
            self.place.enter_metric();
            self.take(Bound::Metrics, &metric)?;
            self.metric(metric)?;
        }
        Ok(())
    }

    fn scope(
        &mut self,
        mut wire: Wire<'a>,
        head: &mut Scope<'_, 'a>,
        filled: &mut usize,
    ) -> Result<(), Fault> {
        const NAME: FieldName = FieldName("InstrumentationScope", "name");
        const VERSION: FieldName = FieldName("InstrumentationScope", "version");
        while !wire.is_empty() {
            match wire.key()? {
                SCOPE_NAME => head.name = self.text(&mut wire, Bound::ValueBytes, NAME)?,
                SCOPE_VERSION => head.version = self.text(&mut wire, Bound::ValueBytes, VERSION)?,
                SCOPE_ATTRIBUTES => self.attribute(wire.message()?, filled)?,
                key => self.other_field(&schema::SCOPE, key, &mut wire)?,
            }
        }
        Ok(())
    }
}
