// atob and btoa (forgiving-base64 of the Infra standard). The host does the work,
// of long strings piece by piece: it cannot be interrupted.
(function (internals) {
  "use strict";
  const { StringPrototypeSlice } = internals.primordials;
  const { DOMException } = internals;
  const { defineFunctions, requireArguments, toDOMString } = internals.webidl;
  const { base64Cut, base64Decode, base64Encode } = internals.host;

  // Divisible by 3.
  const PIECE = 3 << 16;

  function invalid(message) {
    return new DOMException(message, "InvalidCharacterError");
  }

  function decodeLong(string) {
    let text = "";
    for (let start = 0; start < string.length;) {
      const end = base64Cut(string, start);
      const piece = base64Decode(StringPrototypeSlice(string, start, end));
      // Padding is at the end only.
      if (piece === null || (end < string.length && piece.length % 3 !== 0)) {
        return null;
      }
      text += piece;
      start = end;
    }
    return text;
  }

  function encodeLong(string) {
    let text = "";
    for (let start = 0; start < string.length; start += PIECE) {
      const piece = base64Encode(StringPrototypeSlice(string, start, start + PIECE));
      if (piece === null) {
        return null;
      }
      text += piece;
    }
    return text;
  }

  defineFunctions({
    atob(data) {
      requireArguments(arguments.length, 1, "atob");
      const string = toDOMString(data);
      const text = string.length <= PIECE ? base64Decode(string) : decodeLong(string);
      if (text === null) {
        throw invalid("atob: the string is not correctly encoded");
      }
      return text;
    },

    btoa(data) {
      requireArguments(arguments.length, 1, "btoa");
      const string = toDOMString(data);
      const text = string.length <= PIECE ? base64Encode(string) : encodeLong(string);
      if (text === null) {
        throw invalid("btoa: the string contains a character outside of the Latin1 range");
      }
      return text;
    },
  });
})
