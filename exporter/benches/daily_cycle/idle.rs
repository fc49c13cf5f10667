//! Between two reports: what a started exporter holds, beside the same process without one.
//! At most 3 MB and one thread that sleeps is the aim.

use std::time::Duration;

use crate::{openfn, process};

const SECONDS: u64 = 10;

pub(crate) fn print() {
    println!();
    println!("idle for {SECONDS} s                     RSS MB    threads   switches");
    let measure = |with| process::Process::start(&["idle", with]).numbers();
    let with: [f64; 3] = measure("with");
    let without: [f64; 3] = measure("without");
    let rows = [
        ("with an exporter", with),
        ("without", without),
        ("the exporter's", [with[0] - without[0], with[1] - without[1], with[2] - without[2]]),
    ];
    for (name, [memory, threads, switches]) in rows {
        println!("{name:28} {memory:9.2}  {threads:9}  {switches:9}");
    }
}

/// A process that does nothing, with or without an exporter that was started.
pub(crate) fn run(with: &str) {
    let folder = tempfile::tempdir().expect("a directory for what waits");
    let exporter = (with == "with").then(|| {
        let exporter = openfn::exporter(folder.path(), "http://127.0.0.1:9");
        exporter.meter().u64_gauge("openfn.users").build().record(12, &[]);
        exporter.start().expect("the system has threads");
        exporter
    });
    // What is done once, at the start, is done.
    std::thread::sleep(Duration::from_secs(2));
    let (_, before) = process::threads();
    std::thread::sleep(Duration::from_secs(SECONDS));
    let (threads, after) = process::threads();
    let rss = f64::from(u32::try_from(process::status("VmRSS")).expect("KiB fit")) * 1024.0 / 1e6;
    println!("{rss} {threads} {}", after - before);
    drop(exporter);
}
