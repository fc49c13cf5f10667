//! What strace wrote: the system calls of a program, in their order.

use std::collections::HashMap;

use anyhow::{Context as _, ensure};

/// The options that make strace write what is read here: every thread, every text whole and in hexadecimal digits,
/// descriptors with what they stand for. The traced program stays the child of whoever starts strace.
pub const OPTIONS: [&str; 8] = ["-D", "-f", "-qq", "-yy", "--seccomp-bpf", "-xx", "-s", "1048576"];

/// A system call that returned, or one that is told of when it begins.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its name.
    pub name: String,
    /// What it was given, as strace shows it, without the brackets.
    pub arguments: String,
    /// What it returned; an error where that is negative.
    pub returned: i64,
    /// How many lines before it had begun, and how many before it returned.
    pub lines: (usize, usize),
}

/// Reads the calls, in the order in which they returned. A call that never did is left out.
pub fn calls(log: &str) -> anyhow::Result<Vec<Call>> {
    let mut begun: HashMap<&str, (usize, &str)> = HashMap::new();
    let mut calls = Vec::new();
    for (number, line) in log.lines().enumerate() {
        let (thread, text) = line.split_once(' ').with_context(|| wrong(number, line))?;
        let text = text.trim_start();
        if text.starts_with(['-', '+']) {
            continue; // A signal, or an end.
        }
        if let Some(start) = text.strip_suffix(" <unfinished ...>") {
            begun.insert(thread, (number, start));
            continue;
        }
        let (first, whole) = match text.strip_prefix("<... ") {
            None => (number, text.to_owned()),
            Some(rest) => {
                let (first, start) = begun.remove(thread).with_context(|| wrong(number, line))?;
                let (_, end) = rest.split_once(" resumed>").with_context(|| wrong(number, line))?;
                (first, format!("{start}{end}"))
            }
        };
        calls.push(call(&whole, (first, number)).with_context(|| wrong(number, line))?);
    }
    Ok(calls)
}

fn call(text: &str, lines: (usize, usize)) -> anyhow::Result<Call> {
    let (name, rest) = text.split_once('(').context("a bracket behind the name")?;
    let (arguments, returned) = rest.rsplit_once(" = ").context("what it returned")?;
    let arguments = arguments.trim_end().strip_suffix(')').context("a bracket at the end")?;
    let end = returned.find([' ', '<']).unwrap_or(returned.len());
    // `?` where the process ended.
    let returned = returned[..end].parse().unwrap_or(-1);
    Ok(Call { name: name.to_owned(), arguments: arguments.to_owned(), returned, lines })
}

impl Call {
    /// The descriptor that the call is about, and what that stands for.
    pub fn descriptor(&self) -> Option<(i64, String)> {
        let (number, rest) = self.arguments.split_once('<')?;
        let end = rest.find(">,").or_else(|| rest.strip_suffix('>').map(str::len))?;
        Some((number.parse().ok()?, text(&rest[..end])))
    }

    /// The texts in it.
    pub fn texts(&self) -> anyhow::Result<Vec<Vec<u8>>> {
        ensure!(!self.arguments.contains("\"..."), "a text was cut off");
        self.arguments.split('"').skip(1).step_by(2).map(bytes).collect()
    }

    /// The last argument, as a number.
    pub fn last(&self) -> anyhow::Result<u64> {
        let last = self.arguments.rsplit(", ").next().unwrap_or_default();
        last.parse().with_context(|| format!("expected a number, got {last}"))
    }
}

/// A text in hexadecimal digits, or one that is none, as it is.
fn text(shown: &str) -> String {
    let bytes = if shown.starts_with("\\x") { bytes(shown).ok() } else { None };
    bytes.map_or(shown.to_owned(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// Each byte is `\x` and two digits.
fn bytes(shown: &str) -> anyhow::Result<Vec<u8>> {
    let byte = |digits: &[u8]| match digits {
        [b'\\', b'x', high, low] => {
            let digit = |digit: u8| char::from(digit).to_digit(16);
            let value = digit(*high).zip(digit(*low)).map(|(high, low)| 16 * high + low);
            value.and_then(|value| u8::try_from(value).ok())
        }
        _ => None,
    };
    let bytes = shown.as_bytes().chunks(4).map(byte).collect::<Option<_>>();
    bytes.with_context(|| format!("expected hexadecimal digits, got {shown}"))
}

fn wrong(number: usize, line: &str) -> String {
    let start: String = line.chars().take(100).collect();
    format!("line {number}: {start}")
}

#[cfg(test)]
mod tests {
    use super::calls;

    #[test]
    fn a_call_that_was_interrupted_is_read_whole() -> anyhow::Result<()> {
        let log = concat!(
            "12    pwrite64(9<\\x2f\\x61>, \"\\x00\\xff\", 2, 4096 <unfinished ...>\n",
            "13    --- SIGTERM {si_signo=SIGTERM} ---\n",
            "13    writev(15<TCP:[127.0.0.1:1->127.0.0.1:2]>, [{iov_base=\"\\x41\", iov_len=1}], 1) = 1\n",
            "12    <... pwrite64 resumed>)   = 2\n",
            "12    fsync(9<\\x2f\\x61>) = -1 EIO (Input/output error) (INJECTED)\n",
        );
        let calls = calls(log)?;
        let names: Vec<_> = calls.iter().map(|call| (call.name.as_str(), call.returned)).collect();
        assert_eq!(names, [("writev", 1), ("pwrite64", 2), ("fsync", -1)]);
        assert_eq!(calls[0].descriptor(), Some((15, "TCP:[127.0.0.1:1->127.0.0.1:2]".to_owned())));
        assert_eq!(calls[1].descriptor(), Some((9, "/a".to_owned())));
        assert_eq!((calls[1].texts()?, calls[1].last()?), (vec![vec![0, 255]], 4096));
        assert_eq!(calls[1].lines, (0, 3));
        Ok(())
    }
}
