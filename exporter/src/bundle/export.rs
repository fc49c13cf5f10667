//! From the spool into a file.

use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use jiff::Timestamp;

use crate::directory::{folder_of, sync};
use crate::error::{Cause, Error};
use crate::exporter::Exporter;
use crate::history::{Sent, SentOutcome};
use crate::instance::Instance;
use crate::spool::Spooled;
use crate::{bundle, clock};

impl Exporter {
    /// Moves what waits to be sent into a file, for a machine without a network: somebody carries it to one that
    /// has one, or to the receiver. Says how many reports it holds; where none waits, no file is made.
    ///
    /// The file is new and on the disk before the reports leave the spool; the history says that they were
    /// exported. It is lines of OTLP/JSON, as the OpenTelemetry Collector writes and reads files.
    ///
    /// Errors: there is such a file, or it cannot be written; the data directory cannot be used.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("manyfold", "0.90").expect("built in").clone();
    /// # let folder = tempfile::tempdir()?;
    /// # let exporter = headcount::Exporter::builder(contract, folder.path().join("usage"))
    /// #     .endpoint("http://127.0.0.1:9")
    /// #     .environment(|_| None)
    /// #     .attribute("service.version", "v0.90.1")
    /// #     .attribute("vcs.ref.head.revision", "f8d09c9be141e9fb367b08099308dd8b93aa92b2")
    /// #     .attribute("manyfold.platform", "x86_64-linux")
    /// #     .build()?;
    /// # exporter.agree(headcount::contract::Level::Basic)?;
    /// exporter.send_now()?; // nothing is reachable from here, so it waits
    /// let file = folder.path().join("usage.jsonl");
    /// assert_eq!(exporter.export(&file)?, 1);
    /// assert!(exporter.waiting()?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn export(&self, file: impl AsRef<Path>) -> Result<usize, Error> {
        Self::export_together(std::slice::from_ref(self), file)
    }

    /// The same for several at once, into one file: for a relay.
    pub fn export_together(exporters: &[Self], file: impl AsRef<Path>) -> Result<usize, Error> {
        export(exporters, file.as_ref(), clock::now()?)
    }
}

fn export(exporters: &[Exporter], file: &Path, now: Timestamp) -> Result<usize, Error> {
    let mut leaving = Vec::new();
    let mut text = String::new();
    for instance in exporters.iter().map(Exporter::instance) {
        // Held until everything is noted.
        let sending = instance.lock_sending(instance.timeout)?.ok_or(Cause::Busy)?;
        let reports = instance.leaving(now)?;
        text.push_str(&bundle::write(&reports));
        leaving.push((instance, reports, sending));
    }
    if text.is_empty() {
        return Ok(0);
    }
    write(file, &text).map_err(|error| {
        let file = file.display();
        match error.kind() {
            ErrorKind::AlreadyExists => Cause::Bundle(format!(
                "expected the name of a new file, got {file}, which is there already"
            )),
            _ => Cause::Bundle(format!("expected to write {file}: {error}")),
        }
    })?;
    for (instance, reports, _sending) in &leaving {
        reports.iter().try_for_each(|report| instance.note_export(report, file, now))?;
    }
    Ok(leaving.iter().map(|(_, reports, _)| reports.len()).sum())
}

impl Instance {
    /// What waits, and may leave.
    fn leaving(&self, now: Timestamp) -> Result<Vec<Spooled>, Error> {
        let view = self.look(now)?;
        let contracts = self.kept_contracts()?;
        let waiting = self.spool().entries(&contracts).map_err(Cause::Storage)?.spooled;
        Ok(waiting.into_iter().filter(|one| view.lets_out(one.head().reason)).collect())
    }

    fn note_export(&self, report: &Spooled, file: &Path, now: Timestamp) -> Result<(), Error> {
        let _lock = self.to_decide()?;
        let place = file.display().to_string();
        let mut sent = Sent::new(report.head(), now, &place, SentOutcome::Exported);
        sent.report = report.report();
        self.history().append(&sent).map_err(Cause::Storage)?;
        Ok(self.spool().remove(&report.head().report_id).map_err(Cause::Storage)?)
    }
}

/// Writes a new file. It is on the disk when this returns.
fn write(file: &Path, text: &str) -> io::Result<()> {
    let folder = folder_of(file);
    let mut unfinished = tempfile::Builder::new().prefix(".headcount-").tempfile_in(folder)?;
    unfinished.write_all(text.as_bytes())?;
    unfinished.as_file().sync_all()?;
    unfinished.persist_noclobber(file).map_err(|error| error.error)?;
    sync(folder)
}
