//! What there is to see: one function for each surface, in one list.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::{Representation, Served};
use crate::application::Application;
use crate::brand::Brand;
use crate::page::Style;
use crate::{badge, contract_files, list, open_data, openapi, page, prometheus, stats};

/// What a surface can look at beside the application that it is about.
pub(crate) struct Around<'a> {
    /// All applications, in the order of the contracts.
    pub(crate) applications: &'a [Application],
    /// What the operator made his own.
    pub(crate) brand: &'a Brand,
    /// What the pages load, made of that.
    pub(crate) style: Style,
    /// The application that is served without its name in the path, too.
    pub(crate) root: Option<&'a str>,
}

impl<'a> Around<'a> {
    pub(crate) fn of(
        applications: &'a [Application],
        brand: &'a Brand,
        root: Option<&'a str>,
    ) -> Self {
        Self { applications, brand, style: Style::of(brand), root }
    }
}

/// A surface: its name, and what writes it.
struct Surface {
    name: &'static str,
    make: Make,
}

enum Make {
    /// Once for each application.
    Each(fn(&Application, &Around<'_>, &mut Paths)),
    /// Once.
    All(fn(&Around<'_>, &mut Paths)),
}

/// Every surface. Where two have the same path, the media type of the earlier one is the one that is served unless
/// somebody asks for the other.
const SURFACES: &[Surface] = &[
    each("page", page::add),
    all("pages", page::add_shared),
    all("list", list::add),
    each("stats", stats::add),
    each("badge", badge::add),
    each("data", open_data::add),
    each("metrics", prometheus::add),
    each("contract", contract_files::add),
    // It describes those before it.
    all("openapi", openapi::add),
];

pub(super) const COUNT: usize = SURFACES.len();

const fn each(name: &'static str, make: fn(&Application, &Around<'_>, &mut Paths)) -> Surface {
    Surface { name, make: Make::Each(make) }
}

const fn all(name: &'static str, make: fn(&Around<'_>, &mut Paths)) -> Surface {
    Surface { name, make: Make::All(make) }
}

pub(super) const fn names() -> [&'static str; COUNT] {
    let mut names = [""; COUNT];
    let mut at = 0;
    while at < COUNT {
        names[at] = SURFACES[at].name;
        at += 1;
    }
    names
}

/// Writes all of them.
pub(super) fn make(around: &Around<'_>) -> BTreeMap<String, Served> {
    let mut paths = Paths::default();
    for Surface { name, make } in SURFACES {
        paths.surface = name;
        match make {
            Make::All(make) => make(around, &mut paths),
            Make::Each(make) => {
                for application in around.applications {
                    make(application, around, &mut paths);
                }
            }
        }
    }
    let paths = paths.made.into_iter();
    let paths = paths.map(|(path, (surface, representations))| {
        (path, Served { surface, representations: representations.into() })
    });
    paths.collect()
}

/// Takes what the surfaces write.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    surface: &'static str,
    made: BTreeMap<String, (&'static str, Vec<Representation>)>,
}

impl Paths {
    /// What was added so far: each path with its media types.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Vec<&'static str>)> {
        self.made.iter().map(|(path, (_, representations))| {
            (path.as_str(), representations.iter().map(|one| one.media_type).collect())
        })
    }

    /// Adds what is served under a path in one media type.
    pub(crate) fn add(
        &mut self,
        path: String,
        media_type: &'static str,
        bytes: impl Into<Vec<u8>>,
    ) {
        let representation = Representation { media_type, bytes: bytes.into() };
        match self.made.entry(path) {
            Entry::Vacant(entry) => {
                entry.insert((self.surface, vec![representation]));
            }
            Entry::Occupied(mut entry) => entry.get_mut().1.push(representation),
        }
    }
}
