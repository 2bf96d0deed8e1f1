//! `data:` URLs, by the `data-url` crate.

use data_url::DataUrl;

use super::values::{bytes_to_js, throw_out_of_memory};

/// `dataUrl(url)`: the MIME type and the bytes of a URL with that scheme, in an array; null if it has none. No more time
/// and memory than the URL took to be parsed.
pub(super) fn process(scope: &mut v8::PinScope<'_, '_>, (url,): (String,), mut result: v8::ReturnValue<'_>) {
    let Some((mime_type, bytes)) = decoded(&url) else { return result.set_null() };
    let mime_type = v8::String::new(scope, &mime_type);
    match mime_type.zip(bytes_to_js(scope, &bytes)) {
        Some((mime_type, bytes)) => {
            let array = v8::Array::new_with_elements(scope, &[mime_type.into(), bytes.into()]);
            result.set(array.into());
        }
        None => throw_out_of_memory(scope),
    }
}

fn decoded(url: &str) -> Option<(String, Vec<u8>)> {
    let url = DataUrl::process(url).ok()?;
    let (bytes, _fragment) = url.decode_to_vec().ok()?;
    Some((url.mime_type().to_string(), bytes))
}
