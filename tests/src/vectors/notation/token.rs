//! The tokens of the notation.

use anyhow::{Context as _, bail};

use super::write::named_wire_type;

/// A token. What stands for itself is bytes already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A text or hexadecimal digits.
    Bytes(Vec<u8>),
    /// A number of four or eight bytes.
    Fixed(Vec<u8>),
    /// A number.
    Varint(u64),
    /// `N:`, with the wire type where one is written.
    Field(u64, Option<u64>),
    /// `long-form:N`.
    LongForm(usize),
    /// `{`
    Open,
    /// `!{`
    OpenGroup,
    /// `}`
    Close,
    /// `(`
    Begin,
    /// `)`
    End,
    /// Anything else.
    Word(String),
}

/// Takes a text apart.
pub(super) fn tokens(text: &str) -> anyhow::Result<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, left) = match first {
            '#' => {
                rest = rest.split_once('\n').map_or("", |(_, left)| left).trim_start();
                continue;
            }
            '{' => (Token::Open, &rest[1..]),
            '}' => (Token::Close, &rest[1..]),
            '(' => (Token::Begin, &rest[1..]),
            ')' => (Token::End, &rest[1..]),
            '!' => (Token::OpenGroup, rest.strip_prefix("!{").context("expected `{` after `!`")?),
            '"' => quoted(&rest[1..])?,
            '`' => hexadecimal(&rest[1..])?,
            _ => word(rest)?,
        };
        tokens.push(token);
        rest = left.trim_start();
    }
    Ok(tokens)
}

fn word(text: &str) -> anyhow::Result<(Token, &str)> {
    let end = text.find(|c: char| c.is_whitespace() || "{}()\"`!#".contains(c));
    let (word, rest) = text.split_at(end.unwrap_or(text.len()));
    Ok((plain(word).with_context(|| format!("in `{word}`"))?, rest))
}

fn plain(word: &str) -> anyhow::Result<Token> {
    if let Some(extra) = word.strip_prefix("long-form:") {
        return Ok(Token::LongForm(extra.parse()?));
    }
    if let Some((number, wire_type)) = word.split_once(':') {
        let wire_type = match wire_type {
            "" => None,
            name => Some(named_wire_type(name)?),
        };
        return Ok(Token::Field(number.parse()?, wire_type));
    }
    match word {
        "true" => return Ok(Token::Varint(1)),
        "false" => return Ok(Token::Varint(0)),
        "inf64" => return Ok(Token::Fixed(f64::INFINITY.to_le_bytes().to_vec())),
        "-inf64" => return Ok(Token::Fixed(f64::NEG_INFINITY.to_le_bytes().to_vec())),
        "nan64" => return Ok(Token::Fixed(f64::NAN.to_le_bytes().to_vec())),
        _ => {}
    }
    if !word.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
        return Ok(Token::Word(word.to_owned()));
    }
    number(word)
}

fn number(word: &str) -> anyhow::Result<Token> {
    let wide = |text: &str| -> anyhow::Result<u64> {
        Ok(match text.parse::<u64>() {
            Ok(value) => value,
            Err(_) => text.parse::<i64>()?.cast_unsigned(),
        })
    };
    Ok(if let Some(text) = word.strip_suffix("i64") {
        Token::Fixed(wide(text)?.to_le_bytes().to_vec())
    } else if let Some(text) = word.strip_suffix("i32") {
        Token::Fixed(u32::try_from(wide(text)?)?.to_le_bytes().to_vec())
    } else if word.contains('.') {
        Token::Fixed(word.parse::<f64>()?.to_le_bytes().to_vec())
    } else {
        Token::Varint(wide(word)?)
    })
}

/// A text up to its closing quote, with `\n`, `\r`, `\t`, `\"`, `\\` and `\xNN` in it.
fn quoted(text: &str) -> anyhow::Result<(Token, &str)> {
    let mut bytes = Vec::new();
    let mut rest = text;
    loop {
        let stop = rest.find(['"', '\\']).context("expected a closing `\"`")?;
        bytes.extend_from_slice(&rest.as_bytes()[..stop]);
        let escape = rest.as_bytes()[stop] == b'\\';
        rest = &rest[stop + 1..];
        if !escape {
            return Ok((Token::Bytes(bytes), rest));
        }
        let (byte, length) = match rest.as_bytes().first() {
            Some(b'n') => (b'\n', 1),
            Some(b'r') => (b'\r', 1),
            Some(b't') => (b'\t', 1),
            Some(&byte @ (b'"' | b'\\')) => (byte, 1),
            Some(b'x') => (byte(rest.get(1..3).context("expected two digits")?)?, 3),
            other => bail!("expected an escape, got {other:?}"),
        };
        bytes.push(byte);
        rest = &rest[length..];
    }
}

fn hexadecimal(text: &str) -> anyhow::Result<(Token, &str)> {
    let (digits, rest) = text.split_once('`').context("expected a closing '`'")?;
    let digits: String = digits.split_whitespace().collect();
    let pairs = digits.as_bytes().chunks(2);
    let bytes = pairs.map(|pair| byte(std::str::from_utf8(pair)?)).collect::<Result<_, _>>()?;
    Ok((Token::Bytes(bytes), rest))
}

fn byte(digits: &str) -> anyhow::Result<u8> {
    u8::from_str_radix(digits, 16)
        .ok()
        .filter(|_| digits.len() == 2)
        .with_context(|| format!("expected two hexadecimal digits, got `{digits}`"))
}
