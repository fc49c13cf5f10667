//! The stored forms: written field by field, short numbers in few bytes, a version first.

use jiff::civil::Date;

use crate::days::{date, days};

/// The version of every stored form. A later one that tells more gets another number.
const VERSION: u8 = 1;

/// Bytes that are not what they were kept as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {0} in its stored form, got other bytes")]
pub struct Unreadable(pub(crate) &'static str);

/// Writes a stored form.
pub(crate) struct Writer(Vec<u8>);

/// Reads one. Whatever the bytes are, it takes no more memory than they do, times a constant.
pub(crate) struct Reader<'b> {
    rest: &'b [u8],
    what: &'static str,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self(vec![VERSION])
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// A number, seven bits in a byte.
    pub(crate) fn number(&mut self, number: impl Into<u128>) {
        let mut number = number.into();
        while number >= 0x80 {
            self.0.push(low_byte(number) | 0x80);
            number >>= 7;
        }
        self.0.push(low_byte(number));
    }

    /// How many there are of something.
    pub(crate) fn len(&mut self, len: usize) {
        self.number(len as u64);
    }

    /// A number that may be negative: small ones of either sign are short.
    pub(crate) fn signed(&mut self, number: impl Into<i128>) {
        let number = number.into();
        self.number(((number << 1) ^ (number >> 127)).cast_unsigned());
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// Eight bytes: for digests, which have no short form.
    pub(crate) fn fixed(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    pub(crate) fn short(&mut self, number: u16) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.len(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn date(&mut self, date: Date) {
        self.signed(days(date));
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the rest is written after it")]
fn low_byte(number: u128) -> u8 {
    number as u8
}

impl<'b> Reader<'b> {
    /// `what` the bytes are said to be, for the error.
    pub(crate) fn open(bytes: &'b [u8], what: &'static str) -> Result<Self, Unreadable> {
        match bytes.split_first() {
            Some((&VERSION, rest)) => Ok(Self { rest, what }),
            _ => Err(Unreadable(what)),
        }
    }

    pub(crate) fn unreadable(&self) -> Unreadable {
        Unreadable(self.what)
    }

    /// Nothing may follow.
    pub(crate) fn finish(&self) -> Result<(), Unreadable> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.unreadable()) }
    }

    fn take(&mut self, len: usize) -> Result<&'b [u8], Unreadable> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(self.unreadable())?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Unreadable> {
        self.take(1).map(|taken| taken[0])
    }

    fn wide(&mut self) -> Result<u128, Unreadable> {
        let mut number = 0_u128;
        for shift in (0..128).step_by(7) {
            let byte = self.byte()?;
            let bits = u128::from(byte & 0x7f);
            let shifted = bits << shift;
            if shifted >> shift != bits {
                break;
            }
            number |= shifted;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(self.unreadable())
    }

    pub(crate) fn number<T: TryFrom<u128>>(&mut self) -> Result<T, Unreadable> {
        self.wide()?.try_into().map_err(|_| self.unreadable())
    }

    pub(crate) fn signed<T: TryFrom<i128>>(&mut self) -> Result<T, Unreadable> {
        let number = self.wide()?;
        let signed = (number >> 1).cast_signed() ^ -(number & 1).cast_signed();
        signed.try_into().map_err(|_| self.unreadable())
    }

    /// How many there are of something of which each takes a byte at least.
    pub(crate) fn len(&mut self) -> Result<usize, Unreadable> {
        let len: usize = self.number()?;
        if len <= self.rest.len() { Ok(len) } else { Err(self.unreadable()) }
    }

    pub(crate) fn fixed(&mut self) -> Result<u64, Unreadable> {
        let bytes = self.take(8)?.try_into().map_err(|_| self.unreadable())?;
        Ok(u64::from_le_bytes(bytes))
    }

    pub(crate) fn short(&mut self) -> Result<u16, Unreadable> {
        let bytes = self.take(2)?.try_into().map_err(|_| self.unreadable())?;
        Ok(u16::from_le_bytes(bytes))
    }

    pub(crate) fn text(&mut self) -> Result<&'b str, Unreadable> {
        let len = self.len()?;
        let bytes = self.take(len)?;
        std::str::from_utf8(bytes).map_err(|_| self.unreadable())
    }

    pub(crate) fn date(&mut self) -> Result<Date, Unreadable> {
        let days = self.signed()?;
        date(days).ok_or(self.unreadable())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(number: u128, signed: i128, fixed: u64, text: String) {
            let mut writer = Writer::new();
            writer.number(number);
            writer.signed(signed);
            writer.text(&text);
            writer.fixed(fixed);
            let bytes = writer.into_bytes();
            let mut reader = Reader::open(&bytes, "a test").expect("its version");
            prop_assert_eq!(reader.number::<u128>(), Ok(number));
            prop_assert_eq!(reader.signed::<i128>(), Ok(signed));
            prop_assert_eq!(reader.text(), Ok(text.as_str()));
            prop_assert_eq!(reader.fixed(), Ok(fixed));
            prop_assert_eq!(reader.finish(), Ok(()));
        }
    }

    #[test]
    fn what_is_cut_or_too_wide_is_refused() {
        let refused = Err(Unreadable("a test"));
        for bytes in [&[1_u8][..], &[1, 0x80], &[1, 5, b'a'], &[1, 2, 0xff, 0xfe]] {
            let mut reader = Reader::open(bytes, "a test").expect("its version");
            assert_eq!(reader.text(), refused);
        }
        assert!(Reader::open(&[2, 0], "a test").is_err());
        let wide = [&[1_u8][..], &[0xff; 18], &[0x7f]].concat();
        assert!(Reader::open(&wide, "a test").expect("its version").number::<u128>().is_err());
        let mut reader = Reader::open(&[1, 0xff, 0x7f], "a test").expect("its version");
        assert!(reader.number::<u8>().is_err());
    }
}
