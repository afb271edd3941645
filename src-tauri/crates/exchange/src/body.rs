//! The decoded content of a response, in memory or in a private file.
//! Belongs here: keeping and reading bytes. Not here: receiving, decoding, masking.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    ops::Range,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::{Bytes, BytesMut};

/// Bytes kept in memory; a larger body goes to a file.
pub const MEMORY_LIMIT: usize = 256 * 1024;

/// Every so many lines the place is remembered.
const STRIDE: u64 = 256;

/// A decoded body. Cheap to clone; the file is gone with the last clone.
#[derive(Clone)]
pub struct ResponseBody {
    kept: Kept,
    len: u64,
    lines: Arc<LineIndex>,
}

#[derive(Clone)]
enum Kept {
    Memory(Bytes),
    File(Arc<Mutex<File>>),
}

/// Byte offsets of the lines 0, 256, 512, …, and the number of line feeds.
#[derive(Debug, Clone)]
struct LineIndex {
    starts: Vec<u64>,
    feeds: u64,
    ends_with_feed: bool,
}

impl Default for LineIndex {
    fn default() -> Self {
        Self { starts: vec![0], feeds: 0, ends_with_feed: false }
    }
}

impl LineIndex {
    fn push(&mut self, offset: u64, chunk: &[u8]) {
        for (at, _) in chunk.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
            self.feeds += 1;
            if self.feeds.is_multiple_of(STRIDE) {
                self.starts.push(offset + at as u64 + 1);
            }
        }
        if let Some(last) = chunk.last() {
            self.ends_with_feed = *last == b'\n';
        }
    }
}

impl Default for ResponseBody {
    /// No content.
    fn default() -> Self {
        Self::from_bytes(Bytes::new())
    }
}

impl ResponseBody {
    /// A body that is in memory as a whole.
    #[must_use]
    pub fn from_bytes(bytes: Bytes) -> Self {
        let mut lines = LineIndex::default();
        lines.push(0, &bytes);
        Self { len: bytes.len() as u64, kept: Kept::Memory(bytes), lines: Arc::new(lines) }
    }

    /// Decoded size in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// True if there is no content.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// True if the body is in a file.
    #[must_use]
    pub fn is_on_disk(&self) -> bool {
        matches!(self.kept, Kept::File(_))
    }

    /// Number of lines; a last one without line feed counts.
    #[must_use]
    pub fn line_count(&self) -> u64 {
        self.lines.feeds + u64::from(self.len > 0 && !self.lines.ends_with_feed)
    }

    /// The bytes of a range, cut to what there is.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn range(&self, range: Range<u64>) -> io::Result<Bytes> {
        let start = range.start.min(self.len);
        let wanted = range.end.min(self.len).saturating_sub(start);
        match &self.kept {
            Kept::Memory(bytes) => {
                let start = usize::try_from(start).unwrap_or(usize::MAX).min(bytes.len());
                let end = start.saturating_add(usize::try_from(wanted).unwrap_or(usize::MAX)).min(bytes.len());
                Ok(bytes.slice(start..end))
            }
            Kept::File(file) => read_file(file, start, wanted),
        }
    }

    /// The lines `first..first + count` without their line feeds (`\n` or `\r\n`), each cut after `max_line` bytes.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn lines(&self, first: u64, count: u64, max_line: usize) -> io::Result<Vec<Bytes>> {
        let end = first.saturating_add(count).min(self.line_count());
        if first >= end {
            return Ok(Vec::new());
        }
        let slot = usize::try_from(first / STRIDE).unwrap_or(usize::MAX);
        let start = self.lines.starts.get(slot).copied().unwrap_or(self.len);
        let mut reader = LineReader { body: self, offset: start, chunk: Bytes::new() };
        for _ in 0..first % STRIDE {
            reader.line(0)?;
        }
        (first..end).map(|_| reader.line(max_line)).collect()
    }

    /// Copies the whole body to a writer.
    ///
    /// # Errors
    /// If reading or writing fails.
    pub fn copy_to(&self, to: &mut dyn Write) -> io::Result<()> {
        let mut offset = 0;
        while offset < self.len {
            let chunk = self.range(offset..offset + MEMORY_LIMIT as u64)?;
            if chunk.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            to.write_all(&chunk)?;
            offset += chunk.len() as u64;
        }
        Ok(())
    }

    /// The whole body if it is in memory.
    #[must_use]
    pub fn in_memory(&self) -> Option<&Bytes> {
        match &self.kept {
            Kept::Memory(bytes) => Some(bytes),
            Kept::File(_) => None,
        }
    }
}

fn read_file(file: &Mutex<File>, start: u64, wanted: u64) -> io::Result<Bytes> {
    let mut bytes = Vec::with_capacity(usize::try_from(wanted).unwrap_or(0));
    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
    file.seek(SeekFrom::Start(start))?;
    Read::by_ref(&mut *file).take(wanted).read_to_end(&mut bytes)?;
    Ok(bytes.into())
}

struct LineReader<'a> {
    body: &'a ResponseBody,
    offset: u64,
    chunk: Bytes,
}

impl LineReader<'_> {
    /// The next line, of which at most `max` bytes are kept.
    fn line(&mut self, max: usize) -> io::Result<Bytes> {
        let mut line = BytesMut::new();
        loop {
            if self.chunk.is_empty() {
                self.chunk = self.body.range(self.offset..self.offset + 64 * 1024)?;
                self.offset += self.chunk.len() as u64;
                if self.chunk.is_empty() {
                    return Ok(line.freeze());
                }
            }
            let feed = self.chunk.iter().position(|byte| *byte == b'\n');
            let part = self.chunk.split_to(feed.map_or(self.chunk.len(), |at| at + 1));
            let text = part.strip_suffix(b"\n").unwrap_or(&part);
            let room = max.saturating_sub(line.len());
            line.extend_from_slice(text.get(..room).unwrap_or(text));
            if feed.is_some() {
                if line.last() == Some(&b'\r') {
                    line.truncate(line.len() - 1);
                }
                return Ok(line.freeze());
            }
        }
    }
}

/// Takes a body in, chunk by chunk.
pub(crate) struct BodyWriter<'a> {
    folder: Option<&'a Path>,
    memory: BytesMut,
    file: Option<File>,
    len: u64,
    lines: LineIndex,
}

impl<'a> BodyWriter<'a> {
    pub(crate) fn new(folder: Option<&'a Path>) -> Self {
        Self { folder, memory: BytesMut::new(), file: None, len: 0, lines: LineIndex::default() }
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Takes a chunk. Writes go to the page cache in large pieces, so that they do not hold up the runtime.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> io::Result<()> {
        self.lines.push(self.len, chunk);
        self.len += chunk.len() as u64;
        self.memory.extend_from_slice(chunk);
        if self.memory.len() > MEMORY_LIMIT { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            // Without a name from the start: nobody else can open it, and no crash leaves it behind.
            none => none.insert(match self.folder {
                Some(folder) => tempfile::tempfile_in(folder)?,
                None => tempfile::tempfile()?,
            }),
        };
        file.write_all(&self.memory)?;
        self.memory.clear();
        Ok(())
    }

    pub(crate) fn finish(mut self) -> io::Result<ResponseBody> {
        if self.file.is_some() {
            self.spill()?;
        }
        let kept = match self.file {
            Some(file) => Kept::File(Arc::new(Mutex::new(file))),
            None => Kept::Memory(self.memory.freeze()),
        };
        Ok(ResponseBody { kept, len: self.len, lines: Arc::new(self.lines) })
    }
}
