//! Texts that would do harm where they were taken for anything but text, in both forms.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use headcount_publish::sample::{HOSTILE, hostile};
use headcount_publish::{Brand, Representation, Site};
use headcount_tests::Prometheus;

/// Serves the two forms at `/0` and `/1`, as long as the process lives.
fn serve(forms: Vec<Representation>) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            // Prometheus tells what it makes of an answer that breaks.
            let _ = answer(stream, &forms);
        }
    });
    Ok(address)
}

fn answer(mut stream: TcpStream, forms: &[Representation]) -> anyhow::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let line = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let form = &forms[usize::from(line.starts_with("GET /1 "))];
    let (kind, length) = (form.media_type, form.bytes.len());
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n");
    stream.write_all(format!("{head}connection: close\r\n\r\n").as_bytes())?;
    stream.write_all(&form.bytes)?;
    Ok(())
}

#[test]
fn hostile_texts_are_values_of_labels_in_both_forms() -> anyhow::Result<()> {
    let site = Site::build(&[hostile()], &Brand::default(), None);
    let served = site.get("/harbour/metrics").expect("it is served");
    let address = serve(served.representations.to_vec())?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("prometheus.yml");
    let jobs = ["0", "1"].map(|form| {
        format!(
            "  - job_name: form-{form}\n    metrics_path: /{form}\n    scrape_interval: 1s\n    \
             static_configs: [{{ targets: [\"{address}\"] }}]\n"
        )
    });
    fs::write(&file, format!("scrape_configs:\n{}", jobs.concat()))?;
    let prometheus = Prometheus::start(&file)?;
    for form in ["form-0", "form-1"] {
        let versions = format!("harbour_versions{{job=\"{form}\"}}");
        // Those of the texts, and those of too few instances and of none.
        let came = prometheus.wait(&versions, |came| came.len() == HOSTILE.len() + 2)?;
        for text in HOSTILE {
            let is_there = came.iter().any(|series| series.labels["service_version"] == text);
            assert!(is_there, "{form}: {text:?} in {came:?}");
        }
        let evil = prometheus.query(&format!("evil{{job=\"{form}\"}}"))?;
        assert!(evil.is_empty(), "{evil:?}");
    }
    Ok(())
}
