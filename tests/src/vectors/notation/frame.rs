//! HTTP/2 frames (RFC 9113 section 4.1) and header fields (RFC 7541), as small as they can be written, so
//! that also what no library would send can be written.

use anyhow::{Context as _, bail, ensure};

use super::Reader;
use super::token::Token;

/// The types of frames, by their numbers.
pub(in crate::vectors) const TYPES: [&str; 10] = [
    "DATA",
    "HEADERS",
    "PRIORITY",
    "RST_STREAM",
    "SETTINGS",
    "PUSH_PROMISE",
    "PING",
    "GOAWAY",
    "WINDOW_UPDATE",
    "CONTINUATION",
];

impl Reader<'_> {
    /// `frame TYPE FLAGS STREAM (PAYLOAD)`, where the type is a name or a number; `$stream` is the next odd
    /// stream of a `repeat`. `frame TYPE FLAGS STREAM claims N (PAYLOAD)` tells another length.
    pub(super) fn frame(&mut self, to: &mut Vec<u8>) -> anyhow::Result<()> {
        let kind = match self.next()? {
            Token::Word(name) => TYPES
                .iter()
                .position(|known| known == name)
                .with_context(|| format!("unknown frame type {name}"))?,
            Token::Varint(number) => usize::try_from(*number)?,
            token => bail!("expected a frame type, got {token:?}"),
        };
        let flags = u8::try_from(self.number()?)?;
        let stream = self.stream()?;
        let claimed = if self.rest.first() == Some(&Token::Word("claims".to_owned())) {
            self.rest = &self.rest[1..];
            Some(self.number()?)
        } else {
            None
        };
        let payload = self.block()?;
        let length = u32::try_from(claimed.unwrap_or(payload.len()))?;
        ensure!(length < 1 << 24, "expected a frame of less than 16 MiB, got {length} bytes");
        to.extend(&length.to_be_bytes()[1..]);
        to.extend([u8::try_from(kind)?, flags]);
        to.extend(stream.to_be_bytes());
        to.extend(payload);
        Ok(())
    }

    fn stream(&mut self) -> anyhow::Result<u32> {
        if self.rest.first() == Some(&Token::Word("$stream".to_owned())) {
            self.rest = &self.rest[1..];
            return Ok(u32::try_from(2 * self.index + 1)?);
        }
        Ok(u32::try_from(self.number()?)?)
    }

    /// `header NAME VALUE`: a literal field that is not indexed, without Huffman coding.
    pub(super) fn header(&mut self, to: &mut Vec<u8>) -> anyhow::Result<()> {
        to.push(0);
        for _ in 0..2 {
            let mut text = Vec::new();
            match self.rest.first() {
                Some(Token::Begin) => text = self.block()?,
                _ => self.item(&mut text)?,
            }
            integer(text.len(), to)?;
            to.extend(text);
        }
        Ok(())
    }
}

/// An integer with a prefix of seven bits: RFC 7541 section 5.1.
fn integer(value: usize, to: &mut Vec<u8>) -> anyhow::Result<()> {
    let Some(mut rest) = value.checked_sub(127) else {
        to.push(u8::try_from(value)?);
        return Ok(());
    };
    to.push(127);
    while rest >= 128 {
        to.push(u8::try_from(rest % 128)? | 128);
        rest /= 128;
    }
    to.push(u8::try_from(rest)?);
    Ok(())
}
