// The host functions of node:buffer that the tests of the bootstrap need, by Node's own.
const FORMS = ["utf16le", "latin1", "ascii", "base64", "base64url", "hex"];

export function bufferHost() {
  const of = (view) => Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  return {
    bufferCompare: (a, aStart, aEnd, b, bStart, bEnd) =>
      Buffer.compare(of(a).subarray(aStart, aEnd), of(b).subarray(bStart, bEnd)),
    bufferFind: (view, needle, from, backwards) =>
      backwards ? of(view).lastIndexOf(of(needle), from) : of(view).indexOf(of(needle), from),
    bufferIsAscii: (view) => of(view).every((byte) => byte < 128),
    bufferIsUtf8: (view) => Buffer.from(of(view).toString()).equals(of(view)),
    bufferText: (form, view, start, end) => of(view).toString(FORMS[form], start, end),
    bufferWrite: (form, string, from, view, start, end) => {
      const bytes = Buffer.from(string.slice(from), FORMS[form]);
      const fits = bytes.subarray(0, end - start - ((end - start) % (form === 0 ? 2 : 1)));
      fits.copy(of(view), start);
      return string.length * 2 ** 24 + fits.length;
    },
  };
}
