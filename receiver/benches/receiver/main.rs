//! What the receiver costs, beside a bare tonic server that decodes with prost and keeps nothing.
//!
//! Each server runs in a process of its own on one core, the clients on another, and the servers
//! take turns, so that what else the machine does meets all of them: microseconds tell about the
//! machine, the ratios about the code. Every answer is read; one that is no success ends the program,
//! and at the end each server tells how many points it accepted, which must be all that were sent.
//! Linux only.
//!
//! `cargo bench -p headcount-receiver` runs all sections, `cargo bench -p headcount-receiver -- small big`
//! those named, `-- growth --rows 10000000` grows the store further than to a million rows,
//! `-- freeze --instances 100000` freezes smaller days than those of a million instances.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints a table")]

mod arguments;
mod client;
mod cores;
mod cpu;
mod durable;
mod fill;
mod freeze;
mod growth;
mod memory;
mod overload;
mod process;
mod public;
mod reports;
mod servers;
mod table;

use arguments::{Arguments, Section};
use cores::Cores;
use reports::Size;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some((role, rest)) = words.split_first()
        && role == "serve"
    {
        return servers::run(rest);
    }
    let arguments = Arguments::read(words);
    let cores = Cores::find();
    println!("{}", cores.describe());
    for section in &arguments.sections {
        eprintln!("{}", section.name());
        let table = match section {
            Section::Small => cpu::run(&cores, Size::Small),
            Section::Big => cpu::run(&cores, Size::Big),
            Section::Durable => durable::run(&cores),
            Section::Memory => memory::run(&cores),
            Section::Growth => growth::run(&cores, &arguments.rows),
            Section::Overload => overload::run(&cores),
            Section::Freeze => freeze::run(&cores, arguments.instances),
            Section::Public => public::run(&cores),
        };
        println!("\n{table}");
    }
}
