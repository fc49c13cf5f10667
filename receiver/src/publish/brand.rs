//! What an operator makes his own of the pages, read and checked.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use headcount_publish::{Brand, Logo};

use super::Wrong;
use crate::settings::Publish;

/// Bytes of a logo: 256 KiB, which every visitor loads.
const MOST_BYTES: u64 = 256 * 1024;

/// Reads what the settings name.
///
/// Errors: a logo that cannot be read, is too large or is no picture.
pub(super) fn read(settings: &Publish) -> Result<Brand, Wrong> {
    Ok(Brand {
        title: settings.title.clone(),
        text: settings.text.clone(),
        colour: settings.colour.as_ref().map(ToString::to_string),
        logo: settings.logo.as_deref().map(logo).transpose()?,
    })
}

fn logo(path: &Path) -> Result<Logo, Wrong> {
    let unreadable =
        |error: std::io::Error| Wrong::Unreadable { path: path.into(), reason: error.to_string() };
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    // One more than there may be tells that there are more.
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let wrong =
        |expected, came: &str| Wrong::Logo { path: path.into(), expected, came: came.to_owned() };
    if bytes.len() as u64 > MOST_BYTES {
        return Err(wrong("of at most 256 KiB", "more"));
    }
    match media_type(&bytes) {
        Some(media_type) => Ok(Logo { media_type, bytes }),
        None => {
            Err(wrong("an SVG, PNG, WebP or JPEG picture", "something else by its first bytes"))
        }
    }
}

/// What a file is by its first bytes, whatever its name says.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some("image/png");
    }
    if bytes.starts_with(b"\xff\xd8\xff") {
        return Some("image/jpeg");
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Some("image/webp");
    }
    let text = std::str::from_utf8(bytes).ok()?.trim_start_matches('\u{feff}').trim_start();
    let is_svg = text.starts_with("<svg")
        || (text.starts_with("<?xml") || text.starts_with("<!--")) && text.contains("<svg");
    is_svg.then_some("image/svg+xml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_by_its_first_bytes() {
        let known: [(&[u8], _); 8] = [
            (b"\x89PNG\r\n\x1a\nrest", Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"\xef\xbb\xbf <svg xmlns='http://www.w3.org/2000/svg'/>", Some("image/svg+xml")),
            (b"<?xml version='1.0'?>\n<svg/>", Some("image/svg+xml")),
            (b"<!doctype html><svg>", None),
            (b"GIF89a", None),
            (b"", None),
        ];
        for (bytes, expected) in known {
            assert_eq!(media_type(bytes), expected, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn a_mistake_names_the_setting_and_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let told = |name: &str, bytes: Option<&[u8]>| {
            let path = folder.path().join(name);
            if let Some(bytes) = bytes {
                std::fs::write(&path, bytes).expect("written");
            }
            let settings = Publish { logo: Some(path), ..Publish::default() };
            let wrong = read(&settings).expect_err("it is wrong").to_string();
            wrong.replace(&folder.path().display().to_string(), "…")
        };
        assert!(told("a.png", None).starts_with("expected to read publish.logo, …/a.png, got: "));
        assert_eq!(
            told("b.png", Some(b"no")),
            "expected publish.logo, …/b.png, to be an SVG, PNG, WebP or JPEG picture, got something else by its first bytes"
        );
        assert_eq!(
            told("c.png", Some(&vec![0; 256 * 1024 + 1])),
            "expected publish.logo, …/c.png, to be of at most 256 KiB, got more"
        );
    }
}
