//! What an application's contract says: the documentation of each version, and what changed between them.

use headcount_contract::{Class, Contract};
use maud::{Markup, PreEscaped, html};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::shell::{Head, shell};
use super::text::Text;
use crate::application::Application;
use crate::contract_files::{Step, steps};
use crate::site::Around;

pub(super) fn page(application: &Application, around: &Around<'_>) -> Markup {
    let title = format!("Usage contract of {}", application.name());
    let head = Head { title: &title, root: "../", around, at: Some(application) };
    let content = html! {
        main #main tabindex="-1" {
            div.opening {
                // Not "./": the page may be at /contract, too, where that is the list of applications.
                p.kicker { a href={ "../" (application.name()) "/" } { "How " (Text(application.name())) " is used" } }
                h1 { "The usage contract of " b { (Text(application.name())) } }
                p.lead {
                    "Everything that a report may tell, and what becomes of it. Sender and receiver read the same file."
                }
                nav aria-label="On this page" {
                    ul {
                        @for contract in application.versions.iter().rev() {
                            li { a href={ "#" (place(contract)) } { "Version " (Text(contract.version())) } }
                        }
                        @if application.versions.len() > 1 { li { a href="#changes" { "Changes" } } }
                    }
                }
            }
            @for (age, contract) in application.versions.iter().rev().enumerate() { (version(contract, age == 0)) }
            @if application.versions.len() > 1 { (changes(application)) }
        }
    };
    shell(&head, &content)
}

fn place(contract: &Contract) -> String {
    format!("version-{}", contract.version())
}

fn version(contract: &Contract, newest: bool) -> Markup {
    let file = |end: &str| format!("contract/{}{end}", contract.version());
    let title = format!("{}-title", place(contract));
    let text = html! { div.panel.text { (documentation(contract)) } };
    html! {
        section id=(place(contract)) aria-labelledby=(title) {
            h2 id=(title) {
                "Version " (Text(contract.version()))
                @if newest { " " span.unit { "newest" } }
            }
            p.hint {
                "As files: "
                a href=(file(".yaml")) { "the contract" } ", "
                a href=(file(".md")) { "this text in Markdown" } ", "
                a href=(file(".schema.json")) { "the JSON Schema of its report" } "."
            }
            @if newest { (text) } @else {
                details.version { summary { "What version " (Text(contract.version())) " says" } (text) }
            }
        }
    }
}

/// The contract's own documentation page. HTML within it is text.
fn documentation(contract: &Contract) -> Markup {
    let mut text = Lowered { version: contract.version(), within: None, heading: String::new() };
    let source = contract.documentation();
    let events = Parser::new_ext(&source, Options::ENABLE_TABLES);
    let events = events.flat_map(|event| text.lowered(event));
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, events);
    PreEscaped(html)
}

/// Makes a part of a page out of one: without its title, each heading one deeper, tables in places that scroll, HTML as
/// text.
struct Lowered<'c> {
    /// The version of the contract, since the page has those of several.
    version: &'c str,
    /// The heading that is being read.
    within: Option<HeadingLevel>,
    /// The text of the last one.
    heading: String,
}

impl Lowered<'_> {
    fn lowered<'e>(&mut self, event: Event<'e>) -> Vec<Event<'e>> {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                self.within = Some(level);
                self.heading.clear();
                match level {
                    HeadingLevel::H1 => Vec::new(),
                    _ => vec![Event::Html("<h3>".into())],
                }
            }
            Event::End(TagEnd::Heading(level)) => {
                self.within = None;
                match level {
                    HeadingLevel::H1 => Vec::new(),
                    _ => vec![Event::Html("</h3>".into())],
                }
            }
            // The page has a title of its own.
            _ if self.within == Some(HeadingLevel::H1) => Vec::new(),
            Event::Html(text) | Event::InlineHtml(text) => vec![Event::Text(text)],
            Event::Start(Tag::Table(_)) => vec![Event::Html(self.scrolls().into()), event],
            Event::End(TagEnd::Table) => vec![event, Event::Html("</div>".into())],
            Event::Text(text) => {
                if self.within.is_some() {
                    self.heading.push_str(&text);
                }
                vec![Event::Text(text)]
            }
            event => vec![event],
        }
    }

    /// A place that a keyboard can scroll, called by the heading above it.
    fn scrolls(&self) -> String {
        let place = html! { div.scroll tabindex="0" role="region" aria-label={ (Text(&self.heading)) ", version " (Text(self.version)) } {} };
        place.into_string().replace("</div>", "")
    }
}

/// What each version changed of the one before it, the newest first.
fn changes(application: &Application) -> Markup {
    html! {
        section #changes aria-labelledby="changes-title" {
            h2 #changes-title { "Changes between versions" }
            p.hint {
                "A change that tells more needs a new consent: instances go on with the version that was agreed to until then. "
                a href="contract/changes" { "The same as data" }
            }
            @for step in steps(application) { (changed(&step)) }
        }
    }
}

fn changed(Step { old, new, changes }: &Step<'_>) -> Markup {
    html! {
        div.panel {
            h3 { "From " (Text(old.version())) " to " (Text(new.version())) }
            @if changes.is_empty() { p { "Nothing." } } @else {
                ul.changes {
                    @for change in changes.iter() {
                        li {
                            span class={ "class " (change.class.as_str()) } { (told(change.class)) } " "
                            code { (Text(&change.path)) } ": " (Text(&change.text))
                        }
                    }
                }
            }
        }
    }
}

fn told(class: Class) -> &'static str {
    match class {
        Class::Widening => "tells more",
        Class::Neutral => "no difference",
        Class::Narrowing => "tells less",
    }
}
