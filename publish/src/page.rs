//! The pages that people read: an application's figures, the list of applications, and the contracts.
//!
//! They are made on the server, need no script and load nothing but their own style sheet: see [`POLICY`]. Every text
//! that somebody else wrote goes through [`Text`](text::Text).

mod change;
mod chart;
mod choice;
mod collected;
mod contract;
mod figure;
mod glance;
mod index;
mod links;
mod missing;
mod shell;
mod style;
mod text;

#[cfg(test)]
mod tests;

use maud::{Markup, html};

use crate::application::Application;
use crate::brand::Brand;
use crate::media_type;
use crate::site::{Around, Paths};
use shell::{Head, shell};
pub use style::POLICY;
pub(crate) use style::Style;
use text::Text;

/// What the pages load.
pub(crate) fn add_shared(around: &Around<'_>, paths: &mut Paths) {
    let style = &around.style;
    paths.add(format!("/{}", style.path()), media_type::CSS, style.css());
    paths.add(format!("/{}", style.icon_path()), media_type::SVG, style.icon());
    if let Some(logo) = &around.brand.logo {
        paths.add(format!("/{}", Style::LOGO), logo.media_type, logo.bytes.clone());
    }
    paths.add("/".to_owned(), media_type::HTML, index(around));
}

/// The pages of an application.
pub(crate) fn add(application: &Application, around: &Around<'_>, paths: &mut Paths) {
    paths.add(application.path(""), media_type::HTML, self::application(application, around));
    paths.add(application.path("contract"), media_type::HTML, contract(application, around));
}

/// The page of an application, at `/NAME/`.
fn application(application: &Application, around: &Around<'_>) -> String {
    let title = match &around.brand.title {
        Some(title) => format!("{} · {title}", application.name()),
        None => format!("Usage of {}", application.name()),
    };
    let head = Head { title: &title, root: "../", around, at: Some(application) };
    let content = html! {
        main #main tabindex="-1" {
            (opening(application, around.brand))
            (glance::section(application))
            (figure::sections(application))
            (collected::section(application))
            (choice::section(application))
            (links::section(application))
        }
    };
    shell(&head, &content).into_string()
}

/// The list of applications, at `/`.
fn index(around: &Around<'_>) -> String {
    index::page(around).into_string()
}

/// What an application's contract says, in each version, at `/NAME/contract`.
fn contract(application: &Application, around: &Around<'_>) -> String {
    contract::page(application, around).into_string()
}

/// What is said where nothing is.
pub(crate) fn not_found(around: &Around<'_>) -> String {
    missing::page(around).into_string()
}

/// What the page is about.
fn opening(application: &Application, brand: &Brand) -> Markup {
    html! {
        div.opening {
            h1 { "How " b { (Text(application.name())) } " is used" }
            p.lead { (Text(&text::sentence(application.newest().brief()))) }
            @if let Some(text) = &brand.text { p.lead { (Text(text)) } }
            (shell::contents(application))
        }
    }
}
