//! Work on bytes for `node:buffer`: texts in encodings, comparing, finding.

mod forms;

use std::cmp::Ordering;

use memchr::memmem;
use v8::{ValueView, ValueViewData, simdutf};

use self::forms::{Form, Text};
use super::arguments::{ArgumentError, FromV8};
use super::throw_type_error;
use super::values::{byte_string, copy_into};

type View<'s> = v8::Local<'s, v8::ArrayBufferView>;

/// By its index.
impl<'s> FromV8<'s> for Form {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        Self::from_index(u32::from_v8(scope, value)?).ok_or(ArgumentError::Invalid("unknown form of text"))
    }
}

/// `bufferText(form, view, start, end)`: the text of these bytes.
pub(super) fn text<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (form, view, start, end): (Form, View<'s>, usize, usize),
    mut result: v8::ReturnValue<'_>,
) {
    let mut storage = [0; v8::TYPED_ARRAY_MAX_SIZE_IN_HEAP];
    let bytes = view.get_contents(&mut storage).get(start..end).unwrap_or_default();
    let text = match form.text(bytes) {
        Text::OneByte(text) => byte_string(scope, &text),
        Text::TwoByte(units) => v8::String::new_from_two_byte(scope, &units, v8::NewStringType::Normal),
    };
    match text {
        Some(text) => result.set(text.into()),
        None => throw_type_error(scope, "the text is too long"),
    }
}

/// `bufferWrite(form, string, from, view, start, end)`: writes what the units from `from` on stand for there, a part of it
/// if it is long. Returns where to go on, times 2^24, and the bytes written; the part has fewer.
pub(super) fn write<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (form, string, from, view, start, end): (Form, v8::Local<'s, v8::String>, usize, View<'s>, usize, usize),
    mut result: v8::ReturnValue<'_>,
) {
    /// The factor of where to go on.
    const NEXT: f64 = (1 << 24) as f64;
    let room = end.min(view.byte_length()).saturating_sub(start);
    let (next, bytes) = match ValueView::new(scope, string).data() {
        ValueViewData::OneByte(units) => form.bytes(units, from, room),
        ValueViewData::TwoByte(units) => form.bytes(units, from, room),
    };
    let first = view.byte_offset() + start;
    if let Some(store) = view.get_backing_store()
        && let Some(cells) = store.get(first..first + bytes.len())
    {
        copy_into(cells, &bytes);
        result.set_double(next as f64 * NEXT + bytes.len() as f64);
    } else {
        result.set_double(string.length() as f64 * NEXT);
    }
}

/// `bufferCompare(a, aStart, aEnd, b, bStart, bEnd)`: -1, 0 or 1.
pub(super) fn compare<'s>(
    _scope: &mut v8::PinScope<'s, '_>,
    (a, a_start, a_end, b, b_start, b_end): (View<'s>, usize, usize, View<'s>, usize, usize),
    mut result: v8::ReturnValue<'_>,
) {
    let (mut a_storage, mut b_storage) =
        ([0; v8::TYPED_ARRAY_MAX_SIZE_IN_HEAP], [0; v8::TYPED_ARRAY_MAX_SIZE_IN_HEAP]);
    let a = a.get_contents(&mut a_storage).get(a_start..a_end).unwrap_or_default();
    let b = b.get_contents(&mut b_storage).get(b_start..b_end).unwrap_or_default();
    result.set_int32(match a.cmp(b) {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    });
}

/// `bufferFind(view, needle, from, backwards)`: where the needle is next, at `from` or behind it, or before it; -1 if it
/// is not. The needle is not empty.
pub(super) fn find<'s>(
    _scope: &mut v8::PinScope<'s, '_>,
    (view, needle, from, backwards): (View<'s>, View<'s>, usize, bool),
    mut result: v8::ReturnValue<'_>,
) {
    let (mut storage, mut needle_storage) =
        ([0; v8::TYPED_ARRAY_MAX_SIZE_IN_HEAP], [0; v8::TYPED_ARRAY_MAX_SIZE_IN_HEAP]);
    let bytes = view.get_contents(&mut storage);
    let needle = needle.get_contents(&mut needle_storage);
    let found = if backwards {
        memmem::rfind(&bytes[..from.saturating_add(needle.len()).min(bytes.len())], needle)
    } else {
        bytes.get(from..).and_then(|rest| memmem::find(rest, needle)).map(|at| at + from)
    };
    result.set_double(found.map_or(-1.0, |at| at as f64));
}

/// `bufferIsAscii(view)`
pub(super) fn is_ascii<'s>(
    _scope: &mut v8::PinScope<'s, '_>,
    (view,): (View<'s>,),
    mut result: v8::ReturnValue<'_>,
) {
    let mut storage = [0; v8::TYPED_ARRAY_MAX_SIZE_IN_HEAP];
    let bytes = view.get_contents(&mut storage);
    result.set_bool(simdutf::validate_ascii(bytes));
}

/// `bufferIsUtf8(view)`
pub(super) fn is_utf8<'s>(
    _scope: &mut v8::PinScope<'s, '_>,
    (view,): (View<'s>,),
    mut result: v8::ReturnValue<'_>,
) {
    let mut storage = [0; v8::TYPED_ARRAY_MAX_SIZE_IN_HEAP];
    let bytes = view.get_contents(&mut storage);
    result.set_bool(simdutf::validate_utf8(bytes));
}
