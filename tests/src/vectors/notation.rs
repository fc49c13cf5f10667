//! Bytes as a reader can check them: a subset of Protoscope, and a few words of our own for what is
//! long, compressed or framed. `tests/vectors/README.md` describes it.

mod frame;
mod token;
mod write;

use std::io::Write as _;

use anyhow::{Context as _, bail, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;

use token::{Token, tokens};
use write::{varint, wire_type_of};

/// What the names in a notation stand for: `@report` and the like.
pub(super) type Named<'n> = &'n dyn Fn(&str) -> Option<Vec<u8>>;

/// The bytes that the text says.
///
/// Errors: what is not understood, and the tokens from there on.
pub(super) fn bytes(text: &str, named: Named<'_>) -> anyhow::Result<Vec<u8>> {
    let tokens = tokens(text)?;
    let mut reader = Reader { rest: &tokens, index: 0, hole: &[], named };
    let bytes = reader.items(None)?;
    ensure!(reader.rest.is_empty(), "expected no closing bracket, got {:?}", reader.rest.first());
    Ok(bytes)
}

/// A place in the tokens, and what the words there stand for.
#[derive(Clone, Copy)]
struct Reader<'t> {
    rest: &'t [Token],
    /// How often the innermost `repeat` was written before.
    index: usize,
    /// What `_` stands for.
    hole: &'t [u8],
    named: Named<'t>,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> anyhow::Result<&'t Token> {
        let (first, rest) = self.rest.split_first().context("expected more, got the end")?;
        self.rest = rest;
        Ok(first)
    }

    /// Everything up to the bracket that closes, or to the end.
    fn items(&mut self, close: Option<&Token>) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while let Some(token) = self.rest.first() {
            if Some(token) == close {
                self.rest = &self.rest[1..];
                return Ok(bytes);
            }
            if matches!(token, Token::Close | Token::End) {
                break;
            }
            self.item(&mut bytes)?;
        }
        ensure!(close.is_none(), "expected {close:?}, got {:?}", self.rest.first());
        Ok(bytes)
    }

    fn item(&mut self, to: &mut Vec<u8>) -> anyhow::Result<()> {
        match self.next()? {
            Token::Bytes(bytes) | Token::Fixed(bytes) => to.extend_from_slice(bytes),
            Token::Varint(value) => varint(*value, 0, to),
            Token::Open => self.prefixed(0, to)?,
            Token::Field(number, wire_type) => self.field(*number, *wire_type, 0, to)?,
            Token::LongForm(extra) => self.long_form(*extra, to)?,
            Token::Word(word) => self.word(word, to)?,
            token => bail!("expected bytes, got {token:?} before {:?}", self.rest.first()),
        }
        Ok(())
    }

    /// A field's key, and of a group also what is in it and its end.
    fn field(
        &mut self,
        number: u64,
        wire_type: Option<u64>,
        extra: usize,
        to: &mut Vec<u8>,
    ) -> anyhow::Result<()> {
        let wire_type = wire_type.unwrap_or_else(|| wire_type_of(self.rest));
        varint(number << 3 | wire_type, extra, to);
        if self.rest.first() == Some(&Token::OpenGroup) {
            self.rest = &self.rest[1..];
            to.extend(self.items(Some(&Token::Close))?);
            varint(number << 3 | 4, 0, to);
        }
        Ok(())
    }

    fn prefixed(&mut self, extra: usize, to: &mut Vec<u8>) -> anyhow::Result<()> {
        let bytes = self.items(Some(&Token::Close))?;
        varint(bytes.len() as u64, extra, to);
        to.extend(bytes);
        Ok(())
    }

    /// The next number is written with more bytes than it needs.
    fn long_form(&mut self, extra: usize, to: &mut Vec<u8>) -> anyhow::Result<()> {
        match self.next()? {
            Token::Varint(value) => varint(*value, extra, to),
            Token::Open => self.prefixed(extra, to)?,
            Token::Field(number, wire_type) => self.field(*number, *wire_type, extra, to)?,
            token => bail!("expected a varint after long-form, got {token:?}"),
        }
        Ok(())
    }

    fn number(&mut self) -> anyhow::Result<usize> {
        match self.next()? {
            Token::Varint(value) => Ok(usize::try_from(*value)?),
            token => bail!("expected a number, got {token:?}"),
        }
    }

    /// What stands in the round brackets that come next.
    fn block(&mut self) -> anyhow::Result<Vec<u8>> {
        ensure!(self.next()? == &Token::Begin, "expected `(`");
        self.items(Some(&Token::End))
    }

    fn word(&mut self, word: &str, to: &mut Vec<u8>) -> anyhow::Result<()> {
        match word {
            "_" => to.extend_from_slice(self.hole),
            "$index" => write!(to, "{:08}", self.index)?,
            "$uuid" => write!(to, "00000000-0000-4000-8000-{:012}", self.index)?,
            "repeat" => self.repeat(to)?,
            "nest" => self.nest(to)?,
            "gzip" => {
                let mut encoder = GzEncoder::new(&mut *to, Compression::best());
                encoder.write_all(&self.block()?)?;
                encoder.finish()?;
            }
            "zstd" => to.extend(zstd::stream::encode_all(&*self.block()?, 19)?),
            "length" => write!(to, "{}", self.block()?.len())?,
            "chunk" => {
                let bytes = self.block()?;
                write!(to, "{:x}\r\n", bytes.len())?;
                to.extend(bytes);
                to.extend(b"\r\n");
            }
            "grpc" => {
                let message = self.block()?;
                to.push(0);
                to.extend(u32::try_from(message.len())?.to_be_bytes());
                to.extend(message);
            }
            "be32" => to.extend(u32::try_from(self.number()?)?.to_be_bytes()),
            "be16" => to.extend(u16::try_from(self.number()?)?.to_be_bytes()),
            "frame" => self.frame(to)?,
            "header" => self.header(to)?,
            _ => to.extend((self.named)(word).with_context(|| format!("unknown word `{word}`"))?),
        }
        Ok(())
    }

    fn repeat(&mut self, to: &mut Vec<u8>) -> anyhow::Result<()> {
        let times = self.number()?;
        let start = *self;
        let once = self.block()?;
        let written = &start.rest[..start.rest.len() - self.rest.len()];
        if !written.iter().any(|token| matches!(token, Token::Word(word) if word.starts_with('$')))
        {
            to.extend(once.repeat(times));
            return Ok(());
        }
        for index in 0..times {
            *self = Reader { index, ..start };
            to.extend(self.block()?);
        }
        self.index = start.index;
        Ok(())
    }

    /// `nest N (OUTER) (INNER)`: the inner in place of `_` in the outer, and so on, N times.
    fn nest(&mut self, to: &mut Vec<u8>) -> anyhow::Result<()> {
        let times = self.number()?;
        let outer = *self;
        self.block()?;
        let mut inner = self.block()?;
        for _ in 0..times {
            inner = Reader { hole: &inner, ..outer }.block()?;
        }
        to.extend(inner);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
