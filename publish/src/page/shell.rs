//! What all pages have in common.

use maud::{DOCTYPE, Markup, html};

use super::style::Style;
use super::text::Text;
use crate::application::Application;
use crate::site::Around;

/// What stands around a page's content.
pub(super) struct Head<'a> {
    /// The title of the window.
    pub(super) title: &'a str,
    /// What leads from the page to the root: `""`, `"../"` or `"/"`.
    pub(super) root: &'a str,
    pub(super) around: &'a Around<'a>,
    /// The application that it is about.
    pub(super) at: Option<&'a Application>,
}

pub(super) fn shell(head: &Head<'_>, content: &Markup) -> Markup {
    let style = &head.around.style;
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (Text(head.title)) }
                link rel="icon" type="image/svg+xml" href={ (head.root) (style.icon_path()) };
                link rel="stylesheet" href={ (head.root) (style.path()) };
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                (bar(head))
                (content)
                (footer(head))
            }
        }
    }
}

/// The line at the top: whose page it is, and the way to the others.
fn bar(head: &Head<'_>) -> Markup {
    let brand = head.around.brand;
    if head.root.is_empty() && brand.logo.is_none() {
        return html! {};
    }
    let home = if head.root.is_empty() { "./" } else { head.root };
    html! {
        header.bar {
            a.home href=(home) {
                @if brand.logo.is_some() {
                    img.logo src={ (head.root) (Style::LOGO) } alt="" height="32";
                }
                span { (Text(brand.title.as_deref().unwrap_or("Usage figures"))) }
            }
        }
    }
}

/// The way to the page's parts.
pub(super) fn contents(application: &Application) -> Markup {
    let mut parts = super::figure::places(application);
    parts.extend([
        ("collected", "What is collected"),
        ("choice", "Your choice"),
        ("data", "Data and badge"),
    ]);
    html! {
        nav aria-label="On this page" {
            ul { @for (place, name) in parts { li { a href={ "#" (place) } { (name) } } } }
        }
    }
}

fn footer(head: &Head<'_>) -> Markup {
    html! {
        footer {
            @if let Some(application) = head.at {
                p {
                    "By the usage contract "
                    a href="contract" { (Text(&application.newest().label())) }
                    ", with the SHA-256 digest " code { (application.newest().digest().to_string()) } "."
                }
            }
            p { "This page runs no script, sets no cookie and loads nothing from elsewhere." }
        }
    }
}
