//! What an operator makes his own.

/// What an operator makes his own of the pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brand {
    /// What the pages are called. `None`: by the application.
    pub title: Option<String>,
    /// A sentence or two at the top, as plain text.
    pub text: Option<String>,
    /// The colour of lines and links, such as `#0b6e4f`.
    pub colour: Option<String>,
    /// A picture at the top.
    pub logo: Option<Logo>,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    /// Its media type: `image/svg+xml`, `image/png`, `image/webp` or `image/jpeg`.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}
