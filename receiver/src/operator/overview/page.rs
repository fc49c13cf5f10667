//! The page as HTML: tables with headings, readable without its sheet.

mod came;
mod kept;

use bytesize::ByteSize;
use jiff::Timestamp;
use jiff::civil::Date;
use maud::{DOCTYPE, Markup, html};

use super::alarms::{Alarm, sounding};
use super::{Overview, runbook};

/// The sections, in their order: where the page's own links lead, and their headings.
const SECTIONS: [(&str, &str); 7] = [
    ("alarms", "Alarms"),
    ("intake", "What came"),
    ("refused", "What was not taken"),
    ("store", "The store"),
    ("figures", "Figures"),
    ("forwarding", "Forwarding"),
    ("certificate", "The certificate"),
];

impl Overview {
    /// The whole page.
    pub(super) fn page(&self) -> Markup {
        let alarms = sounding(&self.seen, self.now);
        let state =
            if alarms.is_empty() { "Nothing is the matter" } else { "Something is the matter" };
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (state) " · headcount receiver" }
                    link rel="stylesheet" href="/overview.css";
                }
                body {
                    header {
                        h1 { "headcount receiver" }
                        p.lead { (self.lead()) }
                    }
                    nav aria-label="On this page" {
                        ul { @for (id, heading) in SECTIONS { li { a href={ "#" (id) } { (heading) } } } }
                    }
                    main {
                        @let contents = [
                            of_alarms(&alarms),
                            self.came(),
                            self.refused(),
                            self.store(),
                            self.figures(),
                            self.forwarding(),
                            self.certificate(),
                        ];
                        @for ((id, heading), content) in SECTIONS.iter().zip(&contents) {
                            section id=(id) aria-labelledby={ (id) "-heading" } {
                                h2 id={ (id) "-heading" } { (heading) }
                                (content)
                            }
                        }
                    }
                    footer {
                        p {
                            "As it was at " (moment(self.now)) ". Load the page again for what is so now. "
                            a href="/metrics" { "All metrics" } " · " a href="/reports" { "All reports" }
                        }
                    }
                }
            }
        }
    }

    fn lead(&self) -> String {
        let version = env!("CARGO_PKG_VERSION");
        let hours = self.seen.uptime.as_secs() / 3_600;
        let since = match (hours / 24, hours) {
            (0, 0) => "for less than an hour".to_owned(),
            (0, 1) => "for an hour".to_owned(),
            (0, hours) => format!("for {hours} hours"),
            (1, _) => "for a day".to_owned(),
            (days, _) => format!("for {days} days"),
        };
        format!("Version {version}, running {since}. What is counted is counted since then.")
    }
}

fn of_alarms(alarms: &[Alarm]) -> Markup {
    html! {
        @if alarms.is_empty() {
            p.state.good { "None" }
        }
        @for Alarm { name, severity, summary, .. } in alarms {
            p.state.bad { (summary) " (" (name) ", " (severity) ")" }
            details {
                summary { "What to do about " (name) }
                (runbook::shown(runbook::section(name)))
            }
        }
        p.hint {
            "Conditions of " code { "deploy/prometheus/alerts.yml" } " that hold now; most sound once they have \
             lasted for a while. Alarms about what came within an hour or a day are Prometheus' own."
        }
    }
}

/// A table that can be moved sideways where it is wider than its page.
fn wide(label: &str, table: &Markup) -> Markup {
    html! { div.wide role="region" aria-label=(label) tabindex="0" { (table) } }
}

/// Names and values.
fn facts(facts: &[(&str, String)]) -> Markup {
    html! { dl { @for (name, value) in facts { div { dt { (name) } dd { (value) } } } } }
}

fn size(bytes: u64) -> String {
    ByteSize::b(bytes).to_string()
}

/// To the minute: `2026-11-21 14:35 UTC`.
fn moment(moment: Timestamp) -> Markup {
    let shown = moment.strftime("%Y-%m-%d %H:%M UTC").to_string();
    html! { time datetime=(moment) { (shown) } }
}

fn day(day: Date) -> Markup {
    html! { time datetime=(day) { (day) } }
}
