//! What reporting costs the application: recording, a day's report of 20 000 series, and the time
//! between two days.
//!
//! Beside each figure stands the OpenTelemetry SDK doing the same in the same run: `ns` alone tell
//! about the machine, the ratio about the code. What is measured of a whole process runs in a
//! process of its own, and so does the receiver. Linux only. `cargo bench -p headcount`

#![allow(clippy::print_stdout, reason = "a program that prints a table")]

mod cycle;
mod idle;
mod openfn;
mod process;
mod receiver;
mod recording;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["receiver"] => receiver::serve(),
        ["cycle", side, port] => cycle::run(side, port),
        ["idle", with] => idle::run(with),
        // Cargo says `--bench`.
        _ => {
            recording::print();
            cycle::print();
            idle::print();
        }
    }
}
