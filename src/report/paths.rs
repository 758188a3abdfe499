//! Paths as the programs that read reports want them.

use crate::model::{Finding, ResourceName};

use super::Settings;

/// A path as it is from the root of a repository, which is where skylint was started.
pub(super) fn relative(path: &str, directory: &str) -> String {
    let path = path.replace('\\', "/");
    let inner = path.strip_prefix(directory);
    let inner = inner.filter(|inner| !directory.is_empty() && inner.starts_with('/'));
    let path = inner.unwrap_or(&path).trim_start_matches("./");
    path.trim_start_matches('/').to_owned()
}

/// The file a finding is in; for a resource that stands in none, a path that is always the same.
pub(super) fn file_path(finding: &Finding, settings: &Settings) -> String {
    match &finding.location {
        Some(location) => relative(&location.path, settings.directory),
        None => pseudo_path(&finding.resource),
    }
}

/// A path for a resource that stands in no file: GitHub accepts files that do not exist, but no
/// other scheme, and the same resource must always be at the same path.
pub(super) fn pseudo_path(name: &ResourceName) -> String {
    let rtype = name.rtype.strip_prefix("AWS::").unwrap_or(&name.rtype);
    let (service, kind) = rtype.split_once("::").unwrap_or((rtype, "resource"));
    let parts = [
        "aws",
        name.account.as_deref().unwrap_or("unknown-account"),
        name.region.as_deref().unwrap_or("unknown-region"),
        &service.to_lowercase(),
        kind,
        &name.id,
    ]
    .map(|part| percent_encoded(part, false));
    parts.join("/")
}

/// RFC 3986: everything but unreserved characters, and slashes where they separate. That covers
/// the colon, which would turn a first segment into a scheme.
pub(super) fn percent_encoded(text: &str, keep_slashes: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            b'/' if keep_slashes => out.push('/'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
