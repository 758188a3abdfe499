//! Goes through a snapshot file in blocks of whole lines, compressed or not, without ever holding
//! more than one block and one line.

use std::io::{self, BufReader, Read};

use sha2::{Digest, Sha256};

/// How much is read at a time.
const BLOCK: usize = 128 * 1024;

/// Longer lines are nothing that was collected.
pub(super) const MAX_LINE: usize = 64 * 1024 * 1024;

/// What zstd data begins with (RFC 8878, 3.1.1).
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";

/// Whether it begins as zstd data does.
pub(super) fn is_zstd(bytes: &[u8]) -> bool {
    bytes.starts_with(ZSTD)
}

/// Some whole lines.
#[derive(Debug)]
pub(super) struct Block {
    bytes: Vec<u8>,
    /// The number of its first line, from 1.
    line: usize,
    /// Where it begins in the file.
    offset: usize,
}

/// A line, or the bytes of it that are no text.
#[derive(Debug, Clone, Copy)]
pub struct Line<'b> {
    /// Its number, from 1.
    pub number: usize,
    /// Where it begins in the file.
    pub offset: usize,
    /// What is on it; `None` if that is not UTF-8.
    pub text: Option<&'b str>,
}

impl Block {
    /// Adds what it says to a text, in which every byte keeps its place.
    pub(super) fn text(&self, to: &mut String) {
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => to.push_str(text),
            Err(_) => to.extend(self.bytes.iter().map(|byte| match byte.is_ascii() {
                true => char::from(*byte),
                false => '?',
            })),
        }
    }

    /// Its lines, but for blank ones.
    pub(super) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        // Searching for a newline is fast in text, which nearly all blocks are.
        let text = std::str::from_utf8(&self.bytes);
        let (whole, broken) = match text {
            Ok(text) => (Some(text.split('\n')), None),
            Err(_) => (None, Some(self.bytes.split(|byte| *byte == b'\n'))),
        };
        let whole = whole.into_iter().flatten();
        let whole = whole.map(|line| (line.len(), Some(line)));
        let broken = broken.into_iter().flatten();
        let broken = broken.map(|line| (line.len(), std::str::from_utf8(line).ok()));
        let (mut number, mut offset) = (self.line, self.offset);
        whole.chain(broken).filter_map(move |(length, text)| {
            let line = Line {
                number,
                offset,
                text,
            };
            number += 1;
            offset += length + 1;
            let is_blank = text.is_some_and(|text| text.trim_ascii().is_empty());
            (!is_blank).then_some(line)
        })
    }
}

/// Why a file stops before its end.
#[derive(Debug)]
pub(super) enum Fault {
    /// It cannot be read on.
    Io(io::Error),
    /// This line is longer than [`MAX_LINE`].
    TooLong(usize),
}

/// A snapshot file, block by block.
pub(super) struct Blocks<'f> {
    from: Box<dyn Read + Send + 'f>,
    /// What was read and not given out yet.
    rest: Vec<u8>,
    line: usize,
    offset: usize,
    ended: bool,
    /// Why it ended, if that is not its end.
    fault: Option<Fault>,
    /// `None` once nobody wants to know.
    hash: Option<Sha256>,
}

impl<'f> Blocks<'f> {
    /// The lines of what a file holds; and its first line.
    pub(super) fn open(from: Box<dyn Read + Send + 'f>) -> Result<(Self, Vec<u8>), Fault> {
        let mut from = BufReader::with_capacity(BLOCK, from);
        let is_compressed = is_zstd(io::BufRead::fill_buf(&mut from).map_err(Fault::Io)?);
        let from: Box<dyn Read + Send + 'f> = match is_compressed {
            true => Box::new(zstd::Decoder::with_buffer(from).map_err(Fault::Io)?),
            false => Box::new(from),
        };
        let mut blocks = Self {
            from,
            rest: Vec::new(),
            line: 1,
            offset: 0,
            ended: false,
            fault: None,
            hash: Some(Sha256::new()),
        };
        let first = blocks.first()?;
        Ok((blocks, first))
    }

    fn first(&mut self) -> Result<Vec<u8>, Fault> {
        let mut searched = 0;
        loop {
            let unsearched = self.rest.get(searched..).unwrap_or_default();
            if let Some(at) = unsearched.iter().position(|byte| *byte == b'\n') {
                let end = searched + at + 1;
                let after = self.rest.split_off(end);
                let first = std::mem::replace(&mut self.rest, after);
                self.line = 2;
                self.offset = end;
                return Ok(first);
            }
            searched = self.rest.len();
            self.may_go_on()?;
            if self.ended {
                self.offset = searched;
                return Ok(std::mem::take(&mut self.rest));
            }
            self.fill();
        }
    }

    /// Whether there is any use in reading on for the end of a line.
    fn may_go_on(&mut self) -> Result<(), Fault> {
        match self.fault.take() {
            Some(fault) => Err(fault),
            None if self.rest.len() > MAX_LINE => Err(Fault::TooLong(self.line)),
            None => Ok(()),
        }
    }

    /// Reads on, into what is given out next.
    fn fill(&mut self) {
        let mut part = (&mut self.from).take(BLOCK as u64);
        match part.read_to_end(&mut self.rest) {
            Ok(read) => self.ended = read < BLOCK,
            Err(error) => self.fault = Some(Fault::Io(error)),
        }
        self.ended |= self.fault.is_some();
    }

    /// The next lines; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Block>, Fault> {
        let mut searched = 0;
        let end = loop {
            let unsearched = self.rest.get(searched..).unwrap_or_default();
            if let Some(at) = unsearched.iter().rposition(|byte| *byte == b'\n') {
                // More lines than one may have come with the end of the last.
                break searched + at + 1;
            }
            self.may_go_on()?;
            if self.ended {
                break self.rest.len();
            }
            searched = self.rest.len();
            self.fill();
        };
        if end == 0 {
            return Ok(None);
        }
        let after = self.rest.split_off(end);
        let bytes = std::mem::replace(&mut self.rest, after);
        let block = Block {
            line: self.line,
            offset: self.offset,
            bytes,
        };
        if let Some(hash) = &mut self.hash {
            hash.update(&block.bytes);
        }
        self.line += block.bytes.iter().filter(|byte| **byte == b'\n').count();
        self.offset += block.bytes.len();
        Ok(Some(block))
    }

    /// SHA-256 of all blocks, in hexadecimal; from then on it is not computed.
    pub(super) fn sha256(&mut self) -> Option<String> {
        self.hash.take().map(|hash| hex(&hash.finalize()))
    }

    /// How far it was read.
    pub(super) fn offset(&self) -> usize {
        self.offset
    }
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
