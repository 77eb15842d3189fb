//! An exporter: a JSON object on a line of its own for each record.

// ANCHOR: plugin
use logscan::{Batch, Exporter, ExporterServer, Row};
use outboard::Failure;

struct JsonLines;

impl Exporter for JsonLines {
    fn header(&self) -> Result<Vec<u8>, Failure> {
        Ok(Vec::new())
    }

    fn rows(&self, batch: &Batch) -> Result<Vec<u8>, Failure> {
        let mut rows = Vec::new();
        for record in batch.records() {
            serde_json::to_writer(&mut rows, &Row::from(record))?;
            rows.push(b'\n');
        }
        Ok(rows)
    }

    fn footer(&self) -> Result<Vec<u8>, Failure> {
        Ok(Vec::new())
    }
}

fn main() -> std::process::ExitCode {
    outboard::serve(ExporterServer::new(JsonLines))
}
// ANCHOR_END: plugin
