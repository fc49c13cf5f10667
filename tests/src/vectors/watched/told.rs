//! What the receiver's log says about requests.

/// What the log tells of requests.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) answered: usize,
    pub(super) sent: u64,
    pub(super) rejected: u64,
    pub(super) duplicate: u64,
    /// By label.
    pub(super) refused: Vec<String>,
}

impl Told {
    pub(super) fn read(log: &str) -> Self {
        let mut told = Self::default();
        for line in log.lines() {
            if line.contains(" answered sent=") {
                told.answered += 1;
                told.sent += number(line, "sent=");
                told.rejected += number(line, "rejected=");
                told.duplicate += number(line, "duplicate=");
            } else if line.contains("refused a request") {
                let label = line.split("label=\"").nth(1).and_then(|rest| rest.split('"').next());
                told.refused.push(label.unwrap_or_default().to_owned());
            }
        }
        told
    }
}

/// The number that stands behind a name.
fn number(line: &str, name: &str) -> u64 {
    let rest = line.split(name).nth(1).unwrap_or_default();
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next();
    digits.and_then(|digits| digits.parse().ok()).unwrap_or_default()
}
