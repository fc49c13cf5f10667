//! A receipt: the hash of a report as a receiver stores it.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::digest::{NotADigest, from_hex};
use crate::model::Encoding;
use crate::part::Part;

/// SHA-256 of a report in its stored form. Displayed as 64 hexadecimal digits.
///
/// The instance computes it from what it sends, the receiver from what it stores. Where the two are
/// equal, the receiver holds what was sent, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Receipt([u8; 32]);

impl Receipt {
    /// The header in which a receiver gives it: of an HTTP response, and in gRPC of its initial metadata.
    pub const HEADER: &str = "headcount-receipt";

    /// The receipt for a report in its stored form: [`Part::encode`].
    pub fn of(stored: &[u8]) -> Self {
        Self(Sha256::digest(stored).into())
    }
}

impl Part {
    /// The receipt for this report.
    pub fn receipt(&self) -> Receipt {
        Receipt::of(&self.stored())
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Encoding::HexLower.encode(&self.0))
    }
}

impl FromStr for Receipt {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        from_hex(text).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_read_as_it_is_displayed() {
        let receipt = Receipt::of(b"a report");
        assert_eq!(receipt.to_string().parse(), Ok(receipt));
        for wrong in ["", "0", &receipt.to_string()[1..], &receipt.to_string().to_uppercase()] {
            assert_eq!(wrong.parse::<Receipt>(), Err(NotADigest), "{wrong}");
        }
        assert_eq!(format!("{receipt}0").parse::<Receipt>(), Err(NotADigest));
    }
}
