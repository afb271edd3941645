//! Whether a picture shows the painted window.
//! Belongs here: telling it from one taken too early. Not here: taking pictures.

use png::{Decoder, Transformations};
use std::collections::HashMap;
use std::io::Cursor;

/// Where a window has not been painted yet, the web engine's picture is black or see-through; nothing of the product is.
/// And a page of one colour has nothing on it.
pub(crate) fn is_painted(picture: &[u8]) -> bool {
    let mut decoder = Decoder::new(Cursor::new(picture));
    decoder.set_transformations(Transformations::normalize_to_color8() | Transformations::ALPHA);
    let mut reader = decoder.read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("its size")];
    reader.next_frame(&mut pixels).expect("the whole of it");
    let mut colours: HashMap<&[u8], usize> = HashMap::new();
    for pixel in pixels.chunks_exact(4) {
        *colours.entry(pixel).or_default() += 1;
    }
    let total = pixels.len() / 4;
    let empty: usize = colours
        .iter()
        .filter(|(colour, _)| colour.ends_with(&[0]) || colour.starts_with(&[0; 3]))
        .map(|(_, count)| count)
        .sum();
    let most = colours.values().copied().max().unwrap_or(total);
    empty * 50 < total && most * 200 < total * 199
}
