//! The lines of a file, some at a time and none of them beyond a bound.

use std::io::{self, BufRead, Read as _};

use headcount_receiver::Importer;

/// Lines and bytes that are held at once: enough to keep the store busy, few enough to hold.
const MOST_LINES: usize = 64;
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// A line that is not empty, with its number from 1 on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) number: u64,
    /// Of a line that is too long, one byte more than is taken.
    pub(super) bytes: Vec<u8>,
}

/// Reads lines.
pub(super) struct Lines<R> {
    input: R,
    number: u64,
    most: usize,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, number: 0, most: Importer::BYTES }
    }

    /// The next lines; none at the end.
    pub(super) fn group(&mut self) -> io::Result<Vec<Line>> {
        let (mut group, mut bytes) = (Vec::new(), 0);
        while group.len() < MOST_LINES && bytes < MOST_BYTES {
            let Some(line) = self.next()? else { break };
            if !line.bytes.is_empty() {
                bytes += line.bytes.len();
                group.push(line);
            }
        }
        Ok(group)
    }

    fn next(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let most = self.most as u64 + 1;
        if self.input.by_ref().take(most).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        if bytes.len() > self.most && bytes.last() != Some(&b'\n') {
            self.input.skip_until(b'\n')?;
        } else {
            bytes.truncate(bytes.trim_ascii_end().len());
        }
        Ok(Some(Line { number: self.number, bytes }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, most: usize) -> Vec<(u64, String)> {
        let mut lines = Lines { most, ..Lines::new(text.as_bytes()) };
        let mut read = Vec::new();
        loop {
            let group = lines.group().unwrap();
            if group.is_empty() {
                return read;
            }
            let text = |line: Line| (line.number, String::from_utf8(line.bytes).unwrap());
            read.extend(group.into_iter().map(text));
        }
    }

    #[test]
    fn empty_lines_count_and_are_passed_over() {
        let expected = [(1, "a".to_owned()), (4, "b".to_owned())];
        assert_eq!(lines("a\r\n\n  \nb", 9), expected);
        assert_eq!(lines("a\n\n\nb\n\n", 9), expected);
        assert_eq!(lines("", 9), []);
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_and_the_next_one_whole() {
        let expected = [(1, "abcd".to_owned()), (2, "abc".to_owned()), (3, "e".to_owned())];
        assert_eq!(lines("abcdefgh\nabc\ne", 3), expected);
        assert_eq!(lines("abcdefgh", 3), expected[..1]);
    }

    #[test]
    fn groups_are_bounded() {
        let text = "a\n".repeat(MOST_LINES * 2 + 1);
        let mut lines = Lines::new(text.as_bytes());
        let mut next = || lines.group().unwrap().len();
        assert_eq!([next(), next(), next(), next()], [MOST_LINES, MOST_LINES, 1, 0]);
    }
}
