//! Text encodings, by the `encoding_rs` crate.

use std::sync::Arc;

use encoding_rs::{CoderResult, Decoder, DecoderResult, Encoding, mem};
use isolate::{latin1_of_utf8, utf16_of_utf8};
use parking_lot::Mutex;
use v8::{ValueView, ValueViewData, simdutf};

use super::arguments::{ArgumentError, FromV8};
use super::throw_type_error;
use super::values::{byte_string, bytes_to_js, copy_into, throw_out_of_memory, utf8};
use crate::isolate_state::{IsolateState, current_request};
use crate::vocabulary::resources::{Resource, ResourceId};

/// What a fatal decoder throws.
const INVALID: &str = "The encoded data was not valid";

/// A streaming decoder, for a `TextDecoder` that is in the middle of a text. One that is never flushed stays until its
/// owner ends, or others need its place.
struct OpenDecoder(Mutex<StreamDecoder>);

impl Resource for OpenDecoder {
    fn name(&self) -> &'static str {
        "decoder"
    }

    fn may_go_early(&self) -> bool {
        true
    }
}

struct StreamDecoder {
    decoder: Decoder,
    fatal: bool,
}

/// `encodeUtf8(string)`
pub(super) fn encode_utf8<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (string,): (v8::Local<'s, v8::String>,),
    mut result: v8::ReturnValue<'_>,
) {
    let bytes = utf8(scope, string);
    match bytes_to_js(scope, &bytes) {
        Some(bytes) => result.set(bytes.into()),
        None => throw_out_of_memory(scope),
    }
}

/// `encodeInto(string, bytes)`: writes what fits. Returns the code units read, times 2^24, and the bytes written; the string
/// has no more than 2^20 units.
pub(super) fn encode_into<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (string, view): (v8::Local<'s, v8::String>, v8::Local<'s, v8::Uint8Array>),
    mut result: v8::ReturnValue<'_>,
) {
    /// The factor of what was read.
    const READ: f64 = (1 << 24) as f64;
    let room = view.byte_length();
    let (read, bytes) = match string.length() {
        length if length * 3 <= room => (length, utf8(scope, string)),
        _ => utf8_that_fits(scope, string, room),
    };
    let offset = view.byte_offset();
    let Some(buffer) = view.buffer(scope) else { return };
    let store = buffer.get_backing_store();
    if let Some(cells) = store.get(offset..offset + bytes.len()) {
        copy_into(cells, &bytes);
        result.set_double(read as f64 * READ + bytes.len() as f64);
    }
}

/// The UTF-8 of as much of the string as fits into `room` bytes, and how many code units that is. Surrogates without
/// another become U+FFFD.
fn utf8_that_fits(
    scope: &mut v8::PinScope<'_, '_>,
    string: v8::Local<'_, v8::String>,
    room: usize,
) -> (usize, Vec<u8>) {
    let view = ValueView::new(scope, string);
    match view.data() {
        ValueViewData::OneByte(text) => {
            let read = text.len().min(room);
            if simdutf::validate_ascii(&text[..read]) {
                return (read, text[..read].to_vec());
            }
            let mut bytes = vec![0; room.min(text.len() * 2)];
            let (read, written) = mem::convert_latin1_to_utf8_partial(text, &mut bytes);
            bytes.truncate(written);
            (read, bytes)
        }
        ValueViewData::TwoByte(text) => {
            let mut bytes = vec![0; room.min(text.len() * 3)];
            let (read, written) = mem::convert_utf16_to_utf8_partial(text, &mut bytes);
            bytes.truncate(written);
            (read, bytes)
        }
    }
}

/// `utf8Length(string)`: the bytes that the string has in UTF-8.
pub(super) fn utf8_length<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (string,): (v8::Local<'s, v8::String>,),
    mut result: v8::ReturnValue<'_>,
) {
    result.set_double(string.utf8_length(scope) as f64);
}

/// `decoderNormalize(label)`: the name of the encoding in lower case, or null.
pub(super) fn decoder_normalize(
    scope: &mut v8::PinScope<'_, '_>,
    (encoding,): (Option<&'static Encoding>,),
    mut result: v8::ReturnValue<'_>,
) {
    let name = encoding.and_then(|encoding| v8::String::new(scope, &encoding.name().to_ascii_lowercase()));
    match name {
        Some(name) => result.set(name.into()),
        None => result.set_null(),
    }
}

/// `decode(label, bytes, fatal, ignoreBOM)`
pub(super) fn decode(
    scope: &mut v8::PinScope<'_, '_>,
    (encoding, bytes, fatal, ignore_bom): (&'static Encoding, Option<Vec<u8>>, bool, bool),
    mut result: v8::ReturnValue<'_>,
) {
    let mut decoder = StreamDecoder::new(encoding, fatal, ignore_bom);
    return_text(scope, decoder.push(&bytes.unwrap_or_default(), true), &mut result);
}

/// `decodeUtf8(bytes, fatal, ignoreBOM)`: the same for UTF-8, without a copy of the bytes.
pub(super) fn decode_utf8<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (view, fatal, ignore_bom): (v8::Local<'s, v8::ArrayBufferView>, bool, bool),
    mut result: v8::ReturnValue<'_>,
) {
    let mut storage = [0; v8::TYPED_ARRAY_MAX_SIZE_IN_HEAP];
    let all = view.get_contents(&mut storage);
    let bytes = if ignore_bom { all } else { all.strip_prefix(b"\xef\xbb\xbf").unwrap_or(all) };
    let text = if simdutf::validate_ascii(bytes) {
        byte_string(scope, bytes)
    } else if let Some(latin1) = latin1_of_utf8(bytes) {
        byte_string(scope, &latin1)
    } else if let Some(units) = utf16_of_utf8(bytes) {
        v8::String::new_from_two_byte(scope, &units, v8::NewStringType::Normal)
    } else if fatal {
        return throw_type_error(scope, INVALID);
    } else {
        let mut units = vec![0; bytes.len() + 1];
        let length = mem::convert_utf8_to_utf16(bytes, &mut units);
        v8::String::new_from_two_byte(scope, &units[..length], v8::NewStringType::Normal)
    };
    match text {
        Some(text) => result.set(text.into()),
        None => throw_out_of_memory(scope),
    }
}

/// `decoderNew(label, fatal, ignoreBOM)`: a handle.
pub(super) fn decoder_new(
    scope: &mut v8::PinScope<'_, '_>,
    (encoding, fatal, ignore_bom): (&'static Encoding, bool, bool),
    mut result: v8::ReturnValue<'_>,
) {
    let decoder = StreamDecoder::new(encoding, fatal, ignore_bom);
    let request = current_request::get(scope);
    let table = IsolateState::of(scope).resources_of(request);
    match table.and_then(|table| table.add(Arc::new(OpenDecoder(Mutex::new(decoder))), None).ok()) {
        Some(handle) => result.set_double(handle.as_number()),
        None => throw_type_error(scope, "too many decoders are open, or the request has ended"),
    }
}

/// `decoderPush(handle, bytes, flush)`
pub(super) fn decoder_push(
    scope: &mut v8::PinScope<'_, '_>,
    (handle, bytes, flush): (ResourceId, Option<Vec<u8>>, bool),
    mut result: v8::ReturnValue<'_>,
) {
    let request = current_request::get(scope);
    let Some((table, open)) = IsolateState::of(scope).find_resource::<OpenDecoder>(request, handle) else {
        return throw_type_error(scope, "the stream was left unfinished for too long");
    };
    let decoded = open.0.lock().push(&bytes.unwrap_or_default(), flush);
    if flush || decoded.is_none() {
        table.close(handle);
    }
    return_text(scope, decoded, &mut result);
}

fn return_text(scope: &mut v8::PinScope<'_, '_>, decoded: Option<String>, result: &mut v8::ReturnValue<'_>) {
    let Some(decoded) = decoded else {
        return throw_type_error(scope, INVALID);
    };
    match v8::String::new(scope, &decoded) {
        Some(string) => result.set(string.into()),
        None => throw_out_of_memory(scope),
    }
}

/// By its label.
impl<'s> FromV8<'s> for &'static Encoding {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        // There may be spaces around it, but not without end.
        const LONGEST: usize = 1 << 10;
        let unknown = ArgumentError::Invalid("unknown encoding");
        if v8::Local::<v8::String>::try_from(value).is_ok_and(|label| label.length() > LONGEST) {
            return Err(unknown);
        }
        let label = String::from_v8(scope, value)?;
        Encoding::for_label_no_replacement(label.as_bytes()).ok_or(unknown)
    }
}

impl StreamDecoder {
    fn new(encoding: &'static Encoding, fatal: bool, ignore_bom: bool) -> Self {
        let decoder = if ignore_bom {
            encoding.new_decoder_without_bom_handling()
        } else {
            encoding.new_decoder_with_bom_removal()
        };
        Self { decoder, fatal }
    }

    /// Decodes the next bytes; `None` for invalid ones if the decoder is fatal.
    fn push(&mut self, bytes: &[u8], last: bool) -> Option<String> {
        let decoder = &mut self.decoder;
        if self.fatal {
            let mut text =
                String::with_capacity(decoder.max_utf8_buffer_length_without_replacement(bytes.len())?);
            let (result, _) = decoder.decode_to_string_without_replacement(bytes, &mut text, last);
            (result == DecoderResult::InputEmpty).then_some(text)
        } else {
            let mut text = String::with_capacity(decoder.max_utf8_buffer_length(bytes.len())?);
            let (result, ..) = decoder.decode_to_string(bytes, &mut text, last);
            (result == CoderResult::InputEmpty).then_some(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoder(fatal: bool) -> StreamDecoder {
        StreamDecoder { decoder: encoding_rs::UTF_8.new_decoder_with_bom_removal(), fatal }
    }

    #[test]
    fn a_character_may_come_in_pieces() {
        let mut decoder = decoder(false);
        let pieces = [decoder.push(b"\xe2\x82", false), decoder.push(b"\xac!", true)];
        assert_eq!(pieces, [Some(String::new()), Some("€!".into())]);
    }

    #[test]
    fn only_a_fatal_decoder_refuses() {
        assert_eq!(decoder(true).push(b"a\xff", true), None);
        assert_eq!(decoder(false).push(b"a\xff", true).as_deref(), Some("a\u{fffd}"));
    }
}
