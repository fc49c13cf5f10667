//! The same figures for programs, and the badge.

use headcount_contract::StatsShape;
use maud::{Markup, html};

use super::text::Text;
use crate::application::Application;

pub(super) fn section(application: &Application) -> Markup {
    let publish = application.newest().publish();
    let name = application.name();
    html! {
        section #data aria-labelledby="data-title" {
            h2 #data-title { "Data and badge" }
            div.columns {
                div.panel {
                    h3 { "Open data" }
                    p {
                        "Every frozen day with its definitions"
                        @match &publish.licence {
                            Some(licence) => { ", under the licence " b { (Text(licence)) } "." },
                            None => ".",
                        }
                        " This page shows the same numbers, and no others exist in public."
                    }
                    ul.links {
                        li { a href="data.csv" { "CSV" } " for spreadsheets" }
                        li { a href="data.json" { "JSON" } ", all at once" }
                        li { a href="data.ndjson" { "NDJSON" } ", a number a line" }
                    }
                }
                div.panel {
                    h3 { "For programs" }
                    ul.links {
                        li {
                            a href="stats" { "Newest figures" } " as JSON"
                            @if publish.stats == StatsShape::Flat { ", names and numbers alone" }
                        }
                        li { a href="metrics" { "Metrics" } " for Prometheus" }
                        li { a href="contract" { "Usage contract" } ", its versions and changes" }
                        li { a href="../openapi.json" { "OpenAPI description" } " of all this" }
                    }
                }
                div.panel {
                    h3 { "Badge" }
                    p { img.badge src="badge.svg" alt={ "Badge of " (Text(name)) } height="20"; }
                    p { "In Markdown, with the address of this server in place of " code { "ADDRESS" } ":" }
                    pre tabindex="0" {
                        code { "[![usage](ADDRESS/" (Text(name)) "/badge.svg)](ADDRESS/" (Text(name)) "/)" }
                    }
                    p.note { a href="badge" { "badge" } " is the same as JSON, as the endpoint badge of Shields takes it." }
                }
            }
        }
    }
}
