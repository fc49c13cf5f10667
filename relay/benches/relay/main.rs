//! What a relay costs, beside an OpenTelemetry Collector that does the nearest thing: OTLP comes in, unlisted attributes
//! are taken away, and the rest goes to a file.
//!
//! Each server runs in a process of its own on one core, the clients on another, and the servers take turns, so that
//! what else the machine does meets all of them: microseconds tell about the machine, the ratios about the code. Every
//! answer is read; one that is no success ends the program. Linux only. `./test` builds the Collector.
//!
//! `cargo bench -p headcount-relay` runs all sections, `cargo bench -p headcount-relay -- small big` those named.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints a table")]

#[path = "../../../receiver/benches/receiver/client.rs"]
#[allow(dead_code, reason = "the receiver's benchmark uses all of it")]
mod client;
mod collector;
#[path = "../../../receiver/benches/receiver/cores.rs"]
mod cores;
mod cpu;
mod memory;
mod process;
mod relay;
mod reports;
mod servers;
#[path = "../../../receiver/benches/receiver/table.rs"]
#[allow(dead_code, reason = "the receiver's benchmark uses all of it")]
mod table;

use cores::Cores;
use reports::Size;

const SECTIONS: [&str; 3] = ["small", "big", "memory"];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [role, directory] = words.as_slice()
        && role == "serve"
    {
        return relay::run(directory.as_ref());
    }
    // Cargo says `--bench`.
    let mut sections: Vec<&str> =
        words.iter().map(String::as_str).filter(|word| *word != "--bench").collect();
    if sections.is_empty() {
        sections = SECTIONS.into();
    }
    let cores = Cores::find();
    println!("{}", cores.describe());
    for section in sections {
        eprintln!("{section}");
        let table = match section {
            "small" => cpu::run(&cores, Size::Small),
            "big" => cpu::run(&cores, Size::Big),
            "memory" => memory::run(&cores),
            other => panic!("expected one of {}, got {other}", SECTIONS.join(", ")),
        };
        println!("\n{table}");
    }
}
