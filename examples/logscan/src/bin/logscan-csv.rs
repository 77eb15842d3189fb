//! An exporter: comma-separated values, with a header and quotes where they are needed.

// ANCHOR: plugin
use csv::{Writer, WriterBuilder};
use logscan::{Batch, Exporter, ExporterServer, Row};
use outboard::Failure;

struct Csv;

impl Exporter for Csv {
    fn header(&self) -> Result<Vec<u8>, Failure> {
        let mut writer = writer();
        writer.write_record(Row::COLUMNS)?;
        Ok(writer.into_inner()?)
    }

    fn rows(&self, batch: &Batch) -> Result<Vec<u8>, Failure> {
        let mut writer = writer();
        for record in batch.records() {
            writer.serialize(Row::from(record))?;
        }
        Ok(writer.into_inner()?)
    }

    fn footer(&self) -> Result<Vec<u8>, Failure> {
        Ok(Vec::new())
    }
}

/// One that leaves the header to us.
fn writer() -> Writer<Vec<u8>> {
    WriterBuilder::new().has_headers(false).from_writer(Vec::new())
}

fn main() -> std::process::ExitCode {
    outboard::serve(ExporterServer::new(Csv))
}
// ANCHOR_END: plugin
