//! What can go wrong with a call, as far as it matters for what can be concluded.

use std::fmt;

/// A call that gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}{}", said(.code, .message))]
pub(in crate::collect) struct Fault {
    /// What it means.
    pub(in crate::collect) kind: FaultKind,
    /// AWS's word for it.
    pub(in crate::collect) code: String,
    /// AWS's sentence.
    pub(in crate::collect) message: String,
}

/// What a failed call means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::collect) enum FaultKind {
    /// The caller may not do this.
    Denied,
    /// The Region takes no calls of this account.
    NotEnabled,
    /// The credentials have run out, or are none.
    Expired,
    /// Too many calls, also after waiting.
    Throttled,
    /// No answer, or none in time.
    Unreachable,
    /// There is no such operation there.
    Unsupported,
    /// The partition does not have the service, so there is nothing of it.
    NoService,
    /// An answer that cannot be read.
    Malformed,
    /// Anything else the service said.
    Refused,
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Denied => "access was denied",
            Self::NotEnabled => "the Region is not enabled for this account",
            Self::Expired => "the credentials have expired",
            Self::Throttled => "it was throttled, however long it waited",
            Self::Unreachable => "there was no answer",
            Self::Unsupported => "there is no such operation there",
            Self::NoService => "there is no such service in this partition",
            Self::Malformed => "the answer could not be read",
            Self::Refused => "it was refused",
        })
    }
}

/// What AWS said, in brackets.
fn said(code: &str, message: &str) -> String {
    const MOST: usize = 200;
    match (code, message) {
        ("", "") => String::new(),
        ("", text) | (text, "") => format!(" ({})", cut(text, MOST)),
        (code, message) => format!(" ({code}: {})", cut(message, MOST)),
    }
}

/// Of what AWS says when it denies something, why: who asked for what is said elsewhere.
fn because(message: &str) -> &str {
    message
        .find("because ")
        .map_or("", |at| message.get(at..).unwrap_or_default())
}

fn cut(text: &str, most: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}

impl Fault {
    /// A call that got no answer from the service.
    pub(in crate::collect) fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            code: String::new(),
            message: message.into(),
        }
    }

    /// What the service said is wrong. Codes are those of
    /// <https://docs.aws.amazon.com/awssupport/latest/APIReference/CommonErrors.html> and of the
    /// services; EC2's are at
    /// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>.
    pub(in crate::collect) fn said(status: u16, code: &str, message: &str) -> Self {
        let code = code
            .rsplit('#')
            .next()
            .and_then(|code| code.split(':').next())
            .unwrap_or_default();
        let kind = match code {
            "AccessDenied"
            | "AccessDeniedException"
            | "UnauthorizedOperation"
            | "AuthorizationError"
            | "AuthorizationErrorException"
            | "UnauthorizedAccess"
            | "NotAuthorized"
            | "AccessDeniedForDependencyException"
            | "AllAccessDisabled" => FaultKind::Denied,
            "ExpiredToken"
            | "ExpiredTokenException"
            | "RequestExpired"
            | "TokenRefreshRequired" => FaultKind::Expired,
            "AuthFailure"
            | "InvalidClientTokenId"
            | "UnrecognizedClientException"
            | "OptInRequired"
            | "SubscriptionRequiredException" => FaultKind::NotEnabled,
            code if is_throttle(code) => FaultKind::Throttled,
            "InvalidAction"
            | "UnknownOperationException"
            | "UnsupportedOperation"
            | "NotImplemented"
            | "UnsupportedOperationException"
            | "InvalidActionException" => FaultKind::Unsupported,
            "" if status == 429 => FaultKind::Throttled,
            "" if status == 401 => FaultKind::NotEnabled,
            "" if status == 403 => FaultKind::Denied,
            "" if status == 404 => FaultKind::Unsupported,
            _ => FaultKind::Refused,
        };
        let code = match code {
            "" => format!("HTTP {status}"),
            code => code.to_owned(),
        };
        let message = match kind {
            FaultKind::Denied => because(message),
            _ => message,
        };
        Self {
            kind,
            code,
            message: message.to_owned(),
        }
    }
}

/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>
fn is_throttle(code: &str) -> bool {
    aws_runtime::retries::classifiers::THROTTLING_ERRORS.contains(&code)
        || matches!(code, "TooManyRequests" | "RateExceeded" | "Throttled")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_understood_however_a_protocol_writes_them() {
        for (status, code, kind) in [
            (403, "AccessDenied", FaultKind::Denied),
            (
                400,
                "com.amazon.coral.service#AccessDeniedException",
                FaultKind::Denied,
            ),
            (
                400,
                "ThrottlingException:http://internal.amazon.com/",
                FaultKind::Throttled,
            ),
            (403, "UnauthorizedOperation", FaultKind::Denied),
            (401, "AuthFailure", FaultKind::NotEnabled),
            (503, "SlowDown", FaultKind::Throttled),
            (500, "", FaultKind::Refused),
            (404, "", FaultKind::Unsupported),
            (400, "ValidationException", FaultKind::Refused),
        ] {
            assert_eq!(Fault::said(status, code, "").kind, kind, "{code}");
        }
    }
}
