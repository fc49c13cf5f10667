//! The switch in a TOML file.

use headcount_contract::Position;
use toml::de::{DeTable, DeValue};

use super::{Configuration, Found, Key, Misread, Value, place};

pub(super) fn parse(text: &str) -> Result<Configuration, Misread> {
    let root = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(Position { line: 1, column: 1 }, |s| place(text, s.start));
        Misread::new(at, format!("expected TOML, {}", error.message()))
    })?;
    let mut configuration = Configuration::default();
    let Some(telemetry) = root.get_ref().get("telemetry") else {
        return Ok(configuration);
    };
    let at = place(text, telemetry.span().start);
    let DeValue::Table(telemetry) = telemetry.get_ref() else {
        let got = what(telemetry.get_ref());
        return Err(Misread::new(at, format!("expected `telemetry` to be a table, got {got}")));
    };
    for key in Key::ALL {
        if let Some(value) = telemetry.get(key.as_str()) {
            let at = place(text, value.span().start);
            let value = match value.get_ref() {
                DeValue::Boolean(on) => Value::Switch(*on),
                DeValue::String(text) => Value::Text(text.clone().into_owned()),
                other => Value::Other(what(other)),
            };
            configuration.take(key, &Found { at, value })?;
        }
    }
    Ok(configuration)
}

/// What a value is, for an error text.
fn what(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
