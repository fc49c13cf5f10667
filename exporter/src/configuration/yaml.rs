//! The switch in a YAML file, read from the parser's events: no tree is built, so the rest of the
//! file costs nothing, whatever is in it.
//!
//! What counts has to be written out. An alias, a merge key or a tag where the switch stands is
//! refused, since what it stands for is another reader's business.

use headcount_contract::Position;
use saphyr_parser::{Event, Parser, ScalarStyle, StrInput};

use super::{Configuration, Found, Key, Misread, Value};

/// Nesting that no configuration needs.
const MAX_DEPTH: usize = 64;
const TELEMETRY: &str = "telemetry";
/// The key by which a mapping takes over what another one says.
const MERGE: &str = "<<";

/// Reads every document of the file; one of them may have the switch.
pub(super) fn parse(text: &str) -> Result<Configuration, Misread> {
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        depth: 0,
        told: false,
        configuration: Configuration::default(),
    };
    while let Some((event, at)) = reader.next()? {
        match event {
            Event::MappingStart(..) => reader.root()?,
            Event::Scalar(text, style, ..) if is_nothing(&text, style) => {}
            Event::Scalar(..) | Event::SequenceStart(..) | Event::Alias(_) => {
                let text = format!("expected a mapping, got {}", what(&event));
                return Err(Misread::new(at, text));
            }
            _ => {}
        }
    }
    Ok(reader.configuration)
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    /// Collections that are open.
    depth: usize,
    /// Whether the switch was found, or something of it.
    told: bool,
    configuration: Configuration,
}

impl<'t> Reader<'t> {
    /// The next event, and where it stands.
    fn next(&mut self) -> Result<Option<(Event<'t>, Position)>, Misread> {
        let Some(event) = self.parser.next_event() else { return Ok(None) };
        let (event, span) = event.map_err(|error| {
            let mark = error.marker();
            let at = Position { line: mark.line(), column: mark.col() + 1 };
            Misread::new(at, format!("expected YAML, {}", error.info()))
        })?;
        let at = Position { line: span.start.line(), column: span.start.col() + 1 };
        match event {
            Event::MappingStart(..) | Event::SequenceStart(..) => self.depth += 1,
            Event::MappingEnd | Event::SequenceEnd => self.depth -= 1,
            _ => {}
        }
        if self.depth > MAX_DEPTH {
            let text = format!("expected at most {MAX_DEPTH} levels, got another one");
            return Err(Misread::new(at, text));
        }
        Ok(Some((event, at)))
    }

    /// The next event inside of a collection, where one always follows.
    fn inside(&mut self) -> Result<(Event<'t>, Position), Misread> {
        self.next()?.ok_or_else(|| Misread::whole("expected the end of a mapping, got the end"))
    }

    /// The next key of a mapping and its place; an empty one where it is no text. `None` at the end.
    fn key(&mut self) -> Result<Option<(String, Position)>, Misread> {
        let (event, at) = self.inside()?;
        match event {
            Event::MappingEnd => Ok(None),
            Event::Scalar(text, ..) => Ok(Some((text.into_owned(), at))),
            other => self.skip(&other).map(|()| Some((String::new(), at))),
        }
    }

    /// Leaves out the rest of a value that has begun.
    fn skip(&mut self, first: &Event<'_>) -> Result<(), Misread> {
        if matches!(first, Event::MappingStart(..) | Event::SequenceStart(..)) {
            let outside = self.depth - 1;
            while self.depth > outside {
                self.inside()?;
            }
        }
        Ok(())
    }

    fn root(&mut self) -> Result<(), Misread> {
        let mut merged = None;
        while let Some((key, key_at)) = self.key()? {
            let (event, at) = self.inside()?;
            match key.strip_prefix(TELEMETRY) {
                Some("") => self.telemetry(&event, at, key_at)?,
                // The switch as people name it: `telemetry.enabled: false`.
                Some(rest) if rest.strip_prefix('.').and_then(Key::named).is_some() => {
                    self.setting(rest.trim_start_matches('.'), event, at)?;
                }
                _ => self.skip(&event)?,
            }
            if key == MERGE {
                merged = Some(key_at);
            }
        }
        match merged {
            // What is written out comes before what is merged.
            Some(at) if !self.told => Err(merge(at)),
            _ => Ok(()),
        }
    }

    fn telemetry(
        &mut self,
        event: &Event<'t>,
        at: Position,
        key_at: Position,
    ) -> Result<(), Misread> {
        if std::mem::replace(&mut self.told, true) {
            return Err(Misread::new(key_at, "expected `telemetry` once, got it again"));
        }
        match event {
            Event::MappingStart(_, None) => {}
            Event::Scalar(text, style, _, None) if is_nothing(text, *style) => return Ok(()),
            other => {
                let text = format!("expected `telemetry` to be a mapping, got {}", what(other));
                return Err(Misread::new(at, text));
            }
        }
        while let Some((key, key_at)) = self.key()? {
            if key == MERGE {
                return Err(merge(key_at));
            }
            let (event, at) = self.inside()?;
            self.setting(&key, event, at)?;
        }
        Ok(())
    }

    /// A value under a key of `telemetry`.
    fn setting(&mut self, key: &str, event: Event<'t>, at: Position) -> Result<(), Misread> {
        let Some(key) = Key::named(key) else {
            return self.skip(&event);
        };
        self.told = true;
        let value = match event {
            Event::Scalar(text, _, _, None) => Value::Text(text.into_owned()),
            other => Value::Other(what(&other)),
        };
        self.configuration.take(key, &Found { at, value })
    }
}

fn merge(at: Position) -> Misread {
    Misread::new(
        at,
        "expected `telemetry` written out, got a merge key (<<), which is not followed",
    )
}

/// Whether a scalar stands for nothing, as where everything under a key is a comment.
fn is_nothing(text: &str, style: ScalarStyle) -> bool {
    style == ScalarStyle::Plain && matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// What an event is, for an error text.
fn what(event: &Event<'_>) -> &'static str {
    match event {
        Event::Scalar(_, _, _, Some(_))
        | Event::MappingStart(_, Some(_))
        | Event::SequenceStart(_, Some(_)) => "a value with a tag",
        Event::Scalar(..) => "a text",
        Event::SequenceStart(..) => "a list",
        Event::MappingStart(..) => "a mapping",
        Event::Alias(_) => "an alias, which is not followed",
        _ => "nothing",
    }
}
