// atob and btoa (forgiving-base64 of the Infra standard).
(function (internals) {
  "use strict";
  const {
    MathFloor, ReflectApply, StringFromCharCode, StringPrototypeCharCodeAt,
    TypedArrayPrototypeGetBuffer, Uint8Array,
  } = internals.primordials;
  const { DOMException } = internals;
  const { requireArguments, toDOMString } = internals.webidl;

  const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const EQUALS = 61;
  const CHUNK = 8192;

  // A string of the first `length` bytes, one character each.
  function fromBytes(bytes, length) {
    let result = "";
    const buffer = TypedArrayPrototypeGetBuffer(bytes);
    for (let start = 0; start < length; start += CHUNK) {
      const size = start + CHUNK < length ? CHUNK : length - start;
      result += ReflectApply(StringFromCharCode, null, new Uint8Array(buffer, start, size));
    }
    return result;
  }

  function sextet(code) {
    if (code >= 65 && code <= 90) {
      return code - 65;
    }
    if (code >= 97 && code <= 122) {
      return code - 71;
    }
    if (code >= 48 && code <= 57) {
      return code + 4;
    }
    return code === 43 ? 62 : code === 47 ? 63 : -1;
  }

  const isSpace = (code) =>
    code === 32 || code === 10 || code === 9 || code === 13 || code === 12;

  function invalid(message) {
    return new DOMException(message, "InvalidCharacterError");
  }

  function atob(data) {
    requireArguments(arguments.length, 1, "atob");
    const string = toDOMString(data);
    const sextets = new Uint8Array(string.length);
    let count = 0;
    let padding = 0;
    for (let i = 0; i < string.length; i++) {
      const code = StringPrototypeCharCodeAt(string, i);
      if (isSpace(code)) {
        continue;
      }
      const value = sextet(code);
      if (code === EQUALS) {
        padding++;
      } else if (value === -1 || padding !== 0) {
        throw invalid("atob: the string contains an invalid character");
      } else {
        sextets[count++] = value;
      }
    }
    if (count % 4 === 1 || (padding !== 0 && (padding > 2 || (count + padding) % 4 !== 0))) {
      throw invalid("atob: the string is not correctly encoded");
    }
    // In place: the output never overtakes the input.
    let size = 0;
    let bits = 0;
    let held = 0;
    for (let i = 0; i < count; i++) {
      held = (held << 6) | sextets[i];
      bits += 6;
      if (bits >= 8) {
        bits -= 8;
        sextets[size++] = held >> bits;
        held &= (1 << bits) - 1;
      }
    }
    return fromBytes(sextets, size);
  }

  function btoa(data) {
    requireArguments(arguments.length, 1, "btoa");
    const string = toDOMString(data);
    const { length } = string;
    const outputLength = 4 * MathFloor((length + 2) / 3);
    const output = new Uint8Array(outputLength);
    let size = 0;
    const put = (value) => {
      output[size++] = StringPrototypeCharCodeAt(ALPHABET, value);
    };
    const at = (index) => {
      const code = StringPrototypeCharCodeAt(string, index);
      if (code > 255) {
        throw invalid("btoa: the string contains a character outside of the Latin1 range");
      }
      return code;
    };
    for (let i = 0; i < length; i += 3) {
      const first = at(i);
      const second = i + 1 < length ? at(i + 1) : 0;
      const third = i + 2 < length ? at(i + 2) : 0;
      put(first >> 2);
      put(((first & 3) << 4) | (second >> 4));
      if (i + 1 < length) {
        put(((second & 15) << 2) | (third >> 6));
      }
      if (i + 2 < length) {
        put(third & 63);
      }
    }
    while (size < outputLength) {
      output[size++] = EQUALS;
    }
    return fromBytes(output, size);
  }

  internals.globals.atob = atob;
  internals.globals.btoa = btoa;
})
