//! Sealed rows: reports, what waits, entries, counters and sketches. Without the receiver's secret a row tells what it is
//! found by, such as its contract and its day, and its length.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;

use crate::error::{Error, Kind};

/// The form of what is sealed, its first byte: AES-256-GCM, then the nonce, the ciphertext and its tag.
const FORM: u8 = 1;
const HEAD: usize = 1 + NONCE_LEN;
const FOR_MARK: &[u8] = b"headcount receiver 1: the secret's mark";

/// Seals rows and opens them. Each row has a key of its own, so that neither a nonce that comes twice nor a row that
/// is copied over another one tells anything.
#[derive(Clone, Debug)]
pub(crate) struct Seal(hmac::Key);

/// What is not sealed under this key: damaged, another row's, or another secret's.
#[derive(Debug, thiserror::Error)]
#[error("it is not as it was sealed")]
pub(crate) struct NotSealed;

impl Seal {
    /// The seal of this key.
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// What tells this key from any other, and nothing about it.
    pub(super) fn mark(&self) -> [u8; 32] {
        self.code(FOR_MARK)
    }

    /// Seals what is kept in the row of this name, such as [`bound`](super::key::bound) and
    /// [`counted`](super::key::counted) make it.
    ///
    /// Errors: the operating system has no random bytes.
    pub(super) fn seal(&self, row: &[u8], kept: &[u8]) -> Result<Vec<u8>, Error> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|error| Kind::Random(error.to_string()))?;
        let tag = AES_256_GCM.tag_len();
        let mut sealed = Vec::with_capacity(HEAD + kept.len() + tag);
        sealed.push(FORM);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(kept);
        let cipher = self.cipher(row);
        let tag = cipher
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(row),
                &mut sealed[HEAD..],
            )
            .expect("a row is far shorter than the 64 GiB that can be sealed");
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens what was sealed for that row.
    pub(super) fn open(&self, row: &[u8], sealed: &[u8]) -> Result<Vec<u8>, NotSealed> {
        let (&form, rest) = sealed.split_first().ok_or(NotSealed)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE_LEN).ok_or(NotSealed)?;
        if form != FORM {
            return Err(NotSealed);
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| NotSealed)?;
        let mut kept = sealed.to_vec();
        let opened = self.cipher(row).open_in_place(nonce, Aad::from(row), &mut kept);
        let length = opened.map_err(|_| NotSealed)?.len();
        kept.truncate(length);
        Ok(kept)
    }

    fn cipher(&self, row: &[u8]) -> LessSafeKey {
        let key = UnboundKey::new(&AES_256_GCM, &self.code(row));
        LessSafeKey::new(key.expect("AES-256 takes the 32 bytes of HMAC-SHA-256"))
    }

    fn code(&self, message: &[u8]) -> [u8; 32] {
        let mut code = [0; 32];
        code.copy_from_slice(hmac::sign(&self.0, message).as_ref());
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::key::{bound, waiting};
    use crate::store::{InstanceKey, StoredKey};

    fn key() -> StoredKey {
        StoredKey {
            contract: "openfn".to_owned(),
            version: "2".to_owned(),
            date: "2024-04-25".parse().unwrap(),
            instance: InstanceKey::new([5; 32]),
        }
    }

    #[test]
    fn what_is_sealed_is_opened_and_says_nothing() {
        let seal = Seal::new(&[7; 32]);
        for report in [&b""[..], b"a report", &vec![b'x'; 100_000]] {
            let sealed = seal.seal(&bound(&key()), report).unwrap();
            assert_eq!(sealed.len(), report.len() + 29);
            assert_eq!(seal.open(&bound(&key()), &sealed).unwrap(), report);
            assert_ne!(seal.seal(&bound(&key()), report).unwrap(), sealed, "a nonce of its own");
        }
        let sealed = seal.seal(&bound(&key()), b"a report").unwrap();
        assert!(!sealed.windows(4).any(|window| b"a report".windows(4).any(|at| at == window)));
    }

    #[test]
    fn nothing_else_is_opened() {
        let seal = Seal::new(&[7; 32]);
        let sealed = seal.seal(&bound(&key()), b"a report").unwrap();
        for index in 0..sealed.len() {
            let mut other = sealed.clone();
            other[index] ^= 1;
            assert!(seal.open(&bound(&key()), &other).is_err(), "byte {index}");
            assert!(seal.open(&bound(&key()), &sealed[..index]).is_err(), "{index} bytes");
        }
        assert!(Seal::new(&[8; 32]).open(&bound(&key()), &sealed).is_err(), "another secret");
        let rows = [
            StoredKey { contract: "openf".to_owned(), version: "n2".to_owned(), ..key() },
            StoredKey { date: "2024-04-26".parse().unwrap(), ..key() },
            StoredKey { instance: InstanceKey::new([6; 32]), ..key() },
        ];
        assert!(rows.iter().all(|row| seal.open(&bound(row), &sealed).is_err()), "another row's");
        assert!(seal.open(&waiting(&key()), &sealed).is_err(), "another table's");
    }

    #[test]
    fn a_key_does_not_show() {
        assert!(!format!("{:?}", Seal::new(&[0xab; 32])).contains("171"));
        assert_ne!(Seal::new(&[1; 32]).mark(), Seal::new(&[2; 32]).mark());
    }
}
