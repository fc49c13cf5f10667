//! Resources and scopes: a head with attributes, and then what stands below it.

use super::{FieldName, IN_RESOURCE_METRICS, IN_SCOPE_METRICS, Occurrences, Walk};
use crate::error::Fault;
use crate::limits::{Bound, Tally};
use crate::schema;
use crate::visit::{Resource, Scope, Visit};
use crate::wire::{Nesting, Wire, WireType, key};

const IN_RESOURCE: Nesting = IN_RESOURCE_METRICS.down(1);
const IN_SCOPE: Nesting = IN_SCOPE_METRICS.down(1);

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
                key => self.other_field(
                    &schema::RESOURCE_METRICS,
                    key,
                    &mut wire,
                    IN_RESOURCE_METRICS,
                )?,
            }
        }
        let attributes = &self.attributes[..filled];
        self.visit.resource(&Resource { schema_url, attributes });
        while let Some(scope) = scopes.next(BELOW, IN_RESOURCE_METRICS)? {
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
                RESOURCE_ATTRIBUTES => self.attribute(wire.message()?, IN_RESOURCE, filled)?,
                key => {
                    self.check_field(&schema::RESOURCE, key, &mut wire, &mut tally, IN_RESOURCE)?;
                }
            }
        }
        Ok(())
    }

    fn scope_metrics(&mut self, mut wire: Wire<'a>) -> Result<(), Fault> {
        let mut head = Scope { schema_url: "", name: "", version: "", attributes: &[] };
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
                key => {
                    self.other_field(&schema::SCOPE_METRICS, key, &mut wire, IN_SCOPE_METRICS)?;
                }
            }
        }
        self.visit.scope(&Scope { attributes: &self.attributes[..filled], ..head });
        while let Some(metric) = metrics.next(BELOW, IN_SCOPE_METRICS)? {
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
                SCOPE_ATTRIBUTES => self.attribute(wire.message()?, IN_SCOPE, filled)?,
                key => self.other_field(&schema::SCOPE, key, &mut wire, IN_SCOPE)?,
            }
        }
        Ok(())
    }
}
