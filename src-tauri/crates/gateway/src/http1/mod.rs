//! HTTP/1.1 on the wire, in both directions: heads, framing, limits, the life of a connection.
//! Belongs here: RFC 9112. Not here: what a request means (`am`, `api`).
//!
//! Own code instead of hyper, because the gateway must keep the case of header names in both directions, see
//! Content-Length beside Transfer-Encoding, and tell an idle connection from a slow head (docs/decisions).

mod answer;
mod body;
mod broken;
mod connection;
mod framing;
mod head;
mod headers;
mod io;
mod listener;
mod public;
mod reason;
mod timer;
mod workers;

pub(crate) use answer::{Answer, AnswerBody, Upstream};
pub(crate) use body::{BodyError, BodyState, Pump};
pub(crate) use broken::Break;
pub(crate) use connection::{Request, Site};
pub(crate) use framing::{Framing, response_framing};
pub(crate) use head::{HeadError, RequestHead, ResponseHead};
pub(crate) use headers::{Headers, is_field_name, is_hop_by_hop};
pub(crate) use io::{Reader, Writer, split, split_tls};
pub(crate) use listener::{Front, Limits, Live, Served};
pub(crate) use timer::in_time;
pub(crate) use workers::{count as worker_count, here as worker};
