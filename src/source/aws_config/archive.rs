//! Compressed files: AWS Config delivers `.json.gz`.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;

/// More text than this is not kept of one file, so that no archive can grow without bound.
pub(super) const MAX_TEXT: u64 = 1024 * 1024 * 1024;

/// What came out of an archive.
#[derive(Debug, Default)]
pub(super) struct Inflated {
    pub(super) bytes: Vec<u8>,
    /// Why it is not all.
    pub(super) fault: Option<String>,
}

/// Whether it begins as gzip data does.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x1f\x8b")
}

/// What an archive holds, as far as it can be read and no more than `limit` bytes of it.
pub(super) fn inflate(bytes: &[u8], limit: u64) -> Inflated {
    let mut inflated = Inflated::default();
    let mut from = MultiGzDecoder::new(bytes).take(limit + 1);
    if let Err(error) = from.read_to_end(&mut inflated.bytes) {
        inflated.fault = Some(match error.kind() {
            std::io::ErrorKind::UnexpectedEof => "its gzip data ends in the middle".to_owned(),
            _ => format!("its gzip data is damaged: {error}"),
        });
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if inflated.bytes.len() > limit {
        inflated.bytes.truncate(limit);
        let megabytes = limit / 1024 / 1024;
        inflated.fault = Some(format!("it holds more than {megabytes} MB of text"));
    }
    inflated
}
