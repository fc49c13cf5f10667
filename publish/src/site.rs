//! Everything that is served, ready to be sent.

mod surfaces;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use surfaces::{Around, Paths};

use crate::application::Application;
use crate::brand::Brand;
use crate::page;

/// Everything that is served, by its path: made once for each day that is frozen.
#[derive(Clone, Debug, Default)]
pub struct Site {
    paths: BTreeMap<String, Served>,
    not_found: String,
}

/// What is served under a path.
#[derive(Clone, Debug)]
pub struct Served {
    /// What made it: one of [`Site::SURFACES`].
    pub surface: &'static str,
    /// The content in each media type that there is: the first where nobody asks for a certain one.
    pub representations: Arc<[Representation]>,
}

/// A path's content in one media type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Representation {
    /// The media type, with its parameters.
    pub media_type: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Site {
    /// Every surface's name, each once.
    pub const SURFACES: [&'static str; surfaces::COUNT] = surfaces::names();

    /// Writes everything of these applications, each of which has another name. Whatever is served of `root` is served
    /// without its name before it, too, where nothing else has that path.
    pub fn build(applications: &[Application], brand: &Brand, root: Option<&str>) -> Self {
        let around = Around::of(applications, brand, root);
        let mut site = Self { paths: surfaces::make(&around), not_found: page::not_found(&around) };
        if let Some(root) = root {
            site.serve_at_root(root);
        }
        site
    }

    /// What there is under a path.
    pub fn get(&self, path: &str) -> Option<&Served> {
        self.paths.get(path)
    }

    /// The page for whoever asks for something that there is not, as HTML.
    pub fn not_found(&self) -> &str {
        &self.not_found
    }

    /// Everything, by its path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Served)> {
        self.paths.iter().map(|(path, served)| (path.as_str(), served))
    }

    fn serve_at_root(&mut self, name: &str) {
        let prefix = format!("/{name}/");
        let of = self.paths.iter().filter_map(|(path, served)| {
            let rest = path.strip_prefix(&prefix).filter(|rest| !rest.is_empty())?;
            Some((format!("/{rest}"), served.clone()))
        });
        for (path, served) in of.collect::<Vec<_>>() {
            self.paths.entry(path).or_insert(served);
        }
    }
}

#[cfg(test)]
mod tests;
