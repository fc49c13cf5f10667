//! A site as it goes out: compressed beforehand, and with its entity tags.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use headcount_publish::{Representation, Served, Site};
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use ring::digest::{SHA256, digest};

use super::accept::{self, Range};
use crate::clock::Clock;
use crate::front::Encoding;
use crate::hexadecimal::hexadecimal;

/// Fewer bytes than this go out as they are: they fit in one packet.
const WORTH_COMPRESSING: usize = 1_024;

/// How hard zstd tries; it is done once a day, and a megabyte takes it some 20 ms.
const ZSTD_LEVEL: i32 = 9;

/// The longest and the shortest time that a cache may keep an answer, in seconds: an hour, since a restart may bring
/// another contract or another look, and a minute while a day is about to be frozen.
const LONGEST: i64 = 3_600;
const SHORTEST: i64 = 60;

/// Everything that is served, ready to go out.
#[derive(Debug)]
pub(crate) struct Ready {
    paths: HashMap<String, Page>,
    /// By the digests of their bytes, so that what stays the same is compressed once.
    contents: HashMap<Key, Content>,
    /// The page for whoever asks for something that there is not.
    pub(super) not_found: Bytes,
    until: Timestamp,
    clock: Clock,
}

type Key = (&'static str, [u8; 32]);

/// What is served under a path.
#[derive(Clone, Debug)]
pub(super) struct Page {
    /// The place of its surface in [`Site::SURFACES`].
    pub(super) surface: usize,
    contents: Arc<[Content]>,
}

/// A page in one media type.
#[derive(Clone, Debug)]
pub(super) struct Content {
    pub(super) media_type: HeaderValue,
    range: Range<'static>,
    pub(super) plain: Coded,
    gzip: Option<Coded>,
    zstd: Option<Coded>,
}

/// Bytes as they travel, and the tag by which a cache knows them.
#[derive(Clone, Debug)]
pub(super) struct Coded {
    pub(super) bytes: Bytes,
    pub(super) tag: HeaderValue,
}

/// What a path leads to.
pub(super) enum Found<'r> {
    Page(&'r Page),
    /// The same path with `/` at its end is a page. This is its last part.
    Folder(&'r str),
}

impl Ready {
    /// Makes a site ready, which is true until then. It takes some time: not on a thread that serves.
    pub(crate) fn new(site: &Site, before: Option<&Self>, until: Timestamp, clock: Clock) -> Self {
        let not_found = Bytes::copy_from_slice(site.not_found().as_bytes());
        let (paths, contents) = (HashMap::new(), HashMap::new());
        let mut ready = Self { paths, contents, not_found, until, clock };
        let mut made: HashMap<*const Representation, Arc<[Content]>> = HashMap::new();
        for (path, Served { surface, representations }) in site.iter() {
            // A path at the root shares what another has.
            let contents = made.entry(representations.as_ptr()).or_insert_with(|| {
                representations.iter().map(|one| ready.content(one, before)).collect()
            });
            let surface = Site::SURFACES.iter().position(|name| name == surface);
            let surface = surface.expect("a surface is one of the site's");
            let page = Page { surface, contents: contents.clone() };
            ready.paths.insert(path.to_owned(), page);
        }
        ready
    }

    fn content(&mut self, one: &Representation, before: Option<&Self>) -> Content {
        let digest = digest(&SHA256, &one.bytes);
        let digest = digest.as_ref().try_into().expect("SHA-256 has 32 bytes");
        let key = (one.media_type, digest);
        let known = before.and_then(|before| before.contents.get(&key));
        let content = known.cloned().unwrap_or_else(|| Content::new(one, &digest));
        self.contents.insert(key, content.clone());
        content
    }

    /// What there is under a path.
    pub(super) fn find<'r>(&'r self, path: &'r str) -> Option<Found<'r>> {
        if let Some(page) = self.paths.get(path) {
            return Some(Found::Page(page));
        }
        let (_, name) = path.rsplit_once('/')?;
        let is_folder = !name.is_empty() && self.paths.contains_key(&format!("{path}/"));
        is_folder.then_some(Found::Folder(name))
    }

    /// How long a cache may keep what is shown now.
    pub(super) fn cache_control(&self) -> HeaderValue {
        let left = self.until.as_second() - self.clock.now().as_second();
        let seconds = left.clamp(SHORTEST, LONGEST);
        let text = format!("public, max-age={seconds}");
        HeaderValue::try_from(text).expect("a number in words is a header's value")
    }
}

impl Page {
    /// The content in the media type that a client would rather have.
    pub(super) fn content(&self, asked: &HeaderMap) -> &Content {
        let place = match &*self.contents {
            [_] => 0,
            several => {
                let offered: Vec<_> = several.iter().map(|content| content.range).collect();
                accept::best(asked, &offered)
            }
        };
        &self.contents[place]
    }
}

impl Content {
    pub(super) fn new(one: &Representation, digest: &[u8; 32]) -> Self {
        let tag = hexadecimal(digest);
        let coded = |bytes: Vec<u8>, encoding: Encoding| {
            // Other bytes are another representation, whose tag has to be another (RFC 9110 section 8.8.3.3).
            let tag = match encoding {
                Encoding::Identity => format!("\"{tag}\""),
                Encoding::Gzip | Encoding::Zstd => format!("\"{tag}-{}\"", encoding.name()),
            };
            let tag = HeaderValue::try_from(tag);
            let tag = tag.expect("digits in quotation marks are a header's value");
            Coded { bytes: bytes.into(), tag }
        };
        let worth = one.bytes.len() >= WORTH_COMPRESSING && !is_compressed(one.media_type);
        let smaller = |bytes: &Vec<u8>| bytes.len() < one.bytes.len();
        let gzip = worth.then(|| gzip(&one.bytes)).filter(smaller);
        let zstd = worth.then(|| zstd(&one.bytes)).filter(smaller);
        Self {
            media_type: HeaderValue::from_static(one.media_type),
            range: Range::of(one.media_type),
            plain: coded(one.bytes.clone(), Encoding::Identity),
            gzip: gzip.map(|bytes| coded(bytes, Encoding::Gzip)),
            zstd: zstd.map(|bytes| coded(bytes, Encoding::Zstd)),
        }
    }

    /// The bytes in an encoding, where there are any.
    pub(super) fn coded(&self, encoding: Encoding) -> Option<&Coded> {
        match encoding {
            Encoding::Identity => Some(&self.plain),
            Encoding::Gzip => self.gzip.as_ref(),
            Encoding::Zstd => self.zstd.as_ref(),
        }
    }

    /// Whether it is for people, in a browser: other sites have no business in it.
    pub(super) fn is_page(&self) -> bool {
        self.media_type.as_bytes().starts_with(b"text/html")
    }

    /// Whether it is a picture that can hold more than a picture.
    pub(super) fn is_picture(&self) -> bool {
        self.media_type.as_bytes().starts_with(b"image/svg+xml")
    }
}

/// Whether bytes of this type are compressed already.
fn is_compressed(media_type: &str) -> bool {
    media_type.starts_with("image/") && !media_type.starts_with("image/svg+xml")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.expect("writing to memory cannot fail")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, ZSTD_LEVEL).expect("writing to memory cannot fail")
}
