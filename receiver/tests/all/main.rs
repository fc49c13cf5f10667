//! The receiver from outside: over real sockets, on real files.
#![allow(unreachable_pub, reason = "a test binary shows nothing to the outside")]
#![allow(clippy::unwrap_used, reason = "what the tests share fails as the tests do: by panicking")]

mod accounting;
mod admission;
mod canary;
mod clock_jumps;
mod closed_days;
mod conformance;
mod connections;
mod conserving;
mod damage;
mod drain;
mod erased_files;
mod erasing;
mod forwarded;
mod forwarding;
mod freezing;
mod front_ends;
mod health;
mod held_back;
mod inspect;
mod instance_pages;
mod instances;
mod intake;
mod knowing;
mod limits;
mod lives;
mod older_stores;
mod operating;
mod outbox;
mod outcomes;
mod overview;
mod pushed_days;
mod pushing;
mod receipts;
mod receiver;
mod refusals;
mod reports;
mod retention;
mod room;
mod sealed;
mod sqlite;
mod tls;
mod wire;
mod withdrawing;
