//! Writing a snapshot file in bounded memory: resource lines first, to a file of their own, because the
//! manifest counts and hashes them and yet comes before them.

use std::cmp::Ordering;
use std::io::{self, BufWriter, Read, Write};

use sha2::{Digest, Sha256};

use super::lines::hex;
use super::{Manifest, Tool, line};
use crate::model::{Region, Resource};
use crate::types::{self, Door};

/// A snapshot file of these lines, of an account that all types this build knows were read of; `complete`
/// says whether the lines are all there is.
pub fn of_lines(lines: &str, complete: bool) -> Vec<u8> {
    let mut to = Lines::new(Vec::new());
    let mut manifest = Manifest {
        tool: Tool::this(),
        complete,
        types: types::spelled(Door::Live)
            .into_iter()
            .map(|rtype| (rtype.to_owned(), types::live_paths(rtype)))
            .collect(),
        ..Manifest::default()
    };
    let mut file = Vec::new();
    // Memory takes what is written to it.
    let _ = lines
        .lines()
        .try_for_each(|line| to.add_line(line))
        .and_then(|()| to.finish(&mut manifest))
        .and_then(|lines| assemble(&manifest, lines.as_slice(), &mut file, false));
    file
}

/// Takes resources, in [`order`], and writes their lines.
#[derive(Debug)]
pub struct Lines<W: Write> {
    to: BufWriter<W>,
    hash: Sha256,
    resources: u64,
}

impl<W: Write> Lines<W> {
    /// Writes to here.
    pub fn new(to: W) -> Self {
        Self {
            to: BufWriter::new(to),
            hash: Sha256::new(),
            resources: 0,
        }
    }

    /// Adds a resource.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add(&mut self, resource: &Resource) -> io::Result<()> {
        self.add_line(&line(resource))
    }

    /// Adds a resource by its line, which has no newline.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add_line(&mut self, line: &str) -> io::Result<()> {
        self.resources += 1;
        for bytes in [line.as_bytes(), b"\n"] {
            self.hash.update(bytes);
            self.to.write_all(bytes)?;
        }
        Ok(())
    }

    /// Notes in the manifest what was written; and gives back what it was written to.
    ///
    /// # Errors
    /// If what is left cannot be written.
    pub fn finish(self, manifest: &mut Manifest) -> io::Result<W> {
        manifest.resources = self.resources;
        manifest.sha256 = hex(&self.hash.finalize());
        self.to.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

/// Writes a snapshot file: the manifest, and the lines that [`Lines`] wrote, from their beginning.
///
/// # Errors
/// If one cannot be read or the other not be written.
pub fn assemble(
    manifest: &Manifest,
    mut lines: impl Read,
    to: impl Write,
    compress: bool,
) -> io::Result<()> {
    let mut head = serde_json::to_vec(manifest)?;
    head.push(b'\n');
    if compress {
        let mut to = zstd::Encoder::new(to, zstd::DEFAULT_COMPRESSION_LEVEL)?;
        to.include_checksum(true)?;
        to.write_all(&head)?;
        io::copy(&mut lines, &mut to)?;
        return to.finish()?.flush();
    }
    let mut to = BufWriter::new(to);
    to.write_all(&head)?;
    io::copy(&mut lines, &mut to)?;
    to.flush()
}

/// The order of resources in a file: by account, Region, type and id.
pub fn order(a: &Resource, b: &Resource) -> Ordering {
    key(a).cmp(&key(b))
}

fn key(resource: &Resource) -> (&str, &str, &str, &str) {
    let region = match &resource.region {
        Region::In(name) => name,
        Region::Global => "global",
        Region::Unknown(_) => "",
    };
    let account = resource.account.as_deref().unwrap_or_default();
    (account, region, &resource.rtype, &resource.id)
}
