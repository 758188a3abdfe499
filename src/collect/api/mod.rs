//! AWS's APIs: which operations there are, how a call is written, how an answer is read. Nothing
//! here opens a connection.

mod decode;
mod encode;
mod endpoint;
mod fault;
mod table;

pub(super) use decode::{decode, fault};
pub(super) use encode::{Request, encode};
pub(super) use endpoint::{Endpoint, dns_suffix, endpoint, partition_of};
pub(super) use fault::{Fault, FaultKind};
pub(super) use table::{Cursor, Service, home, service, split};
