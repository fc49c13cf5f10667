//! Decompressing, with the output counted while it grows. Every way in comes through here.

use std::io::{self, Read};

use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;

use crate::front::Encoding;
use crate::refusal::Refusal;

/// The window that a zstd frame may ask for, as a power of two: 8 MiB, which RFC 8878 section
/// 3.1.1.1.2 wants every decoder to have.
const WINDOW_LOG: u32 = 23;
/// Room that is made at first: enough for a report, little for whoever sends garbage.
const FIRST_ROOM: usize = 8 * 1024;

/// The bytes as they were before they were compressed.
///
/// Errors: [`Refusal::TooLarge`] as soon as there are more than `most`; [`Refusal::Malformed`]
/// where the bytes are not what their encoding says, or end early.
pub(crate) fn decompress(bytes: Bytes, encoding: Encoding, most: usize) -> Result<Bytes, Refusal> {
    match encoding {
        Encoding::Identity if bytes.len() > most => Err(too_large(most)),
        Encoding::Identity => Ok(bytes),
        // No frame at all is no compressed message, though the decoders take it for an empty one.
        Encoding::Gzip | Encoding::Zstd if bytes.is_empty() => Err(malformed(encoding)),
        Encoding::Gzip => drain(MultiGzDecoder::new(&bytes[..]), encoding, most),
        Encoding::Zstd => {
            let decoder = zstd::Decoder::with_buffer(&bytes[..]).and_then(|mut decoder| {
                decoder.window_log_max(WINDOW_LOG)?;
                Ok(decoder)
            });
            drain(decoder.map_err(|_| malformed(encoding))?, encoding, most)
        }
    }
}

fn drain(decoder: impl Read, encoding: Encoding, most: usize) -> Result<Bytes, Refusal> {
    let mut plain = Vec::with_capacity(FIRST_ROOM.min(most));
    // One byte more than allowed is enough to see that it is too many.
    let mut bounded = decoder.take(most as u64 + 1);
    let read: io::Result<usize> = bounded.read_to_end(&mut plain);
    if plain.len() > most {
        return Err(too_large(most));
    }
    match read {
        Ok(_) => Ok(plain.into()),
        Err(_) => Err(malformed(encoding)),
    }
}

fn too_large(most: usize) -> Refusal {
    Refusal::TooLarge(format!("expected at most {most} bytes after decompression, got more"))
}

fn malformed(encoding: Encoding) -> Refusal {
    let name = encoding.name();
    Refusal::Malformed(format!("expected whole {name}, got other bytes or a part of it"))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const MOST: usize = 64 * 1024;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(plain: &[u8]) -> Vec<u8> {
        zstd::encode_all(plain, 19).unwrap()
    }

    fn plain(bytes: &[u8], encoding: Encoding) -> Result<Bytes, Refusal> {
        decompress(Bytes::copy_from_slice(bytes), encoding, MOST)
    }

    type Compress = fn(&[u8]) -> Vec<u8>;

    fn compressors() -> [(Encoding, Compress); 2] {
        [(Encoding::Gzip, gzip), (Encoding::Zstd, zstd)]
    }

    #[test]
    fn all_members_and_frames_count() {
        for (encoding, compress) in compressors() {
            let halves = [compress(b"one and "), compress(b""), compress(b"two")].concat();
            assert_eq!(plain(&halves, encoding).unwrap(), "one and two", "{encoding:?}");
        }
    }

    #[test]
    fn the_limit_itself_is_let_in_and_one_byte_more_is_not() {
        for (encoding, compress) in compressors() {
            let fits = plain(&compress(&vec![0; MOST]), encoding);
            assert_eq!(fits.unwrap().len(), MOST, "{encoding:?}");
            let refusal = plain(&compress(&vec![0; MOST + 1]), encoding).unwrap_err();
            assert!(matches!(refusal, Refusal::TooLarge(_)), "{encoding:?}: {refusal}");
        }
    }

    #[test]
    fn every_truncation_and_any_garbage_behind_is_malformed() {
        for (encoding, compress) in compressors() {
            let whole = compress(b"a report, more or less, and some more of it");
            for length in 0..whole.len() {
                let refusal = plain(&whole[..length], encoding).map(|_| length).unwrap_err();
                assert!(matches!(refusal, Refusal::Malformed(_)), "{encoding:?} {length}");
            }
            let refusal = plain(&[whole, vec![7; 20]].concat(), encoding).unwrap_err();
            assert!(matches!(refusal, Refusal::Malformed(_)), "{encoding:?}: {refusal}");
        }
    }

    #[test]
    fn a_frame_that_asks_for_a_huge_window_is_malformed() {
        // Magic number, no content size, window descriptor for 2^31 bytes, an empty last block.
        let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00];
        assert!(matches!(plain(&frame, Encoding::Zstd), Err(Refusal::Malformed(_))));
    }
}
