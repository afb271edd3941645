//! Receives a body: coding undone, limits held.
//! Belongs here: from the wire to a [`BodyWriter`]. Not here: keeping the bytes, timing.

use std::{io, pin::Pin};

use async_compression::tokio::bufread::{BrotliDecoder, DeflateDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use http::{HeaderMap, header};
use http_body_util::{BodyDataStream, BodyExt};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio_util::io::StreamReader;

use crate::{Failure, body::BodyWriter};

/// Bytes decoded at once: small enough that a cancellation is noticed soon.
const STEP: usize = 64 * 1024;

type Source = Pin<Box<dyn AsyncBufRead + Send>>;

/// Why receiving ended early.
pub(crate) enum Ended {
    /// The limit was reached.
    TooLarge,
    /// The connection or the coding broke.
    Broken(io::Error),
    /// The writer failed.
    Spool(io::Error),
}

/// Takes the whole body in, at most `limit` decoded bytes.
pub(crate) async fn receive(
    headers: &HeaderMap,
    body: reqwest::Body,
    limit: u64,
    writer: &mut BodyWriter<'_>,
    on_data: impl Fn(u64),
) -> Result<(), Ended> {
    let wire = StreamReader::new(BodyDataStream::new(body.map_err(io::Error::other)));
    let mut source = decoded(headers, Box::pin(wire)).await.map_err(Ended::Broken)?;
    let mut buffer = vec![0; STEP];
    loop {
        let count = source.read(&mut buffer).await.map_err(Ended::Broken)?;
        let Some(chunk) = buffer.get(..count).filter(|chunk| !chunk.is_empty()) else { return Ok(()) };
        let room = usize::try_from(limit - writer.len()).unwrap_or(usize::MAX);
        writer.push(chunk.get(..room).unwrap_or(chunk)).map_err(Ended::Spool)?;
        on_data(writer.len());
        if chunk.len() > room {
            return Err(Ended::TooLarge);
        }
        // A decoder that never waits for the wire must not keep cancellation and timeout from being seen.
        tokio::task::yield_now().await;
    }
}

/// Undoes `Content-Encoding` (RFC 9110 8.4), the last coding first. An unknown one leaves the bytes as they are from there on.
async fn decoded(headers: &HeaderMap, wire: Source) -> io::Result<Source> {
    let mut source = wire;
    let listed = headers.get_all(header::CONTENT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let codings: Vec<String> = listed.flat_map(|list| list.split(',')).map(|c| c.trim().to_ascii_lowercase()).collect();
    for coding in codings.iter().rev().take(4) {
        // Answers without content (HEAD, 304) name a coding too.
        if source.fill_buf().await?.is_empty() {
            return Ok(source);
        }
        source = match coding.as_str() {
            "gzip" | "x-gzip" => {
                let mut decoder = GzipDecoder::new(source);
                decoder.multiple_members(true);
                Box::pin(BufReader::new(decoder))
            }
            "br" => Box::pin(BufReader::new(BrotliDecoder::new(source))),
            "zstd" => Box::pin(BufReader::new(ZstdDecoder::new(source))),
            "deflate" => deflate(source).await?,
            "identity" | "" => source,
            _ => return Ok(source),
        };
    }
    Ok(source)
}

/// `deflate` means zlib (RFC 9110 8.4.1.2), but some servers send the bare stream.
async fn deflate(mut source: Source) -> io::Result<Source> {
    let zlib = match source.fill_buf().await? {
        [first, second, ..] => first & 0x0f == 8 && u16::from_be_bytes([*first, *second]) % 31 == 0,
        _ => true,
    };
    Ok(if zlib {
        Box::pin(BufReader::new(ZlibDecoder::new(source)))
    } else {
        Box::pin(BufReader::new(DeflateDecoder::new(source)))
    })
}

impl Ended {
    pub(crate) fn into_failure(self, address: String, received: u64, limit: u64) -> Failure {
        match self {
            Self::TooLarge => Failure::TooLarge { address, limit },
            Self::Spool(error) => Failure::Spool { reason: error.to_string() },
            Self::Broken(error) => crate::failure::broken_body(&error, address, received),
        }
    }
}
