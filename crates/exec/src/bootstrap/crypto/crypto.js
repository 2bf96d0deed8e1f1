// crypto.getRandomValues and crypto.randomUUID.
(function (internals) {
  "use strict";
  const {
    TypedArrayPrototypeGetLength, TypedArrayPrototypeGetToStringTag, Uint8Array,
  } = internals.primordials;
  const { DOMException } = internals;
  const {
    constructToken, defineInterface, illegalConstructor, requireArguments, toBytesView,
  } = internals.webidl;
  const { randomFill } = internals.host;

  const QUOTA = 65536;

  // The hexadecimal digits of bytes `from` to `to`.
  function hex(bytes, from, to) {
    const digits = "0123456789abcdef";
    let result = "";
    for (let i = from; i < to; i++) {
      result += digits[bytes[i] >> 4] + digits[bytes[i] & 15];
    }
    return result;
  }

  class Crypto {
    #brand = true;

    constructor(token = undefined) {
      if (token !== constructToken) {
        illegalConstructor();
      }
    }

    getRandomValues(array) {
      this.#brand;
      requireArguments(arguments.length, 1, "Crypto.getRandomValues");
      switch (TypedArrayPrototypeGetToStringTag(array)) {
        case "Int8Array":
        case "Uint8Array":
        case "Uint8ClampedArray":
        case "Int16Array":
        case "Uint16Array":
        case "Int32Array":
        case "Uint32Array":
        case "BigInt64Array":
        case "BigUint64Array":
          break;
        default:
          throw new DOMException(
            "getRandomValues: the argument is not an integer typed array", "TypeMismatchError",
          );
      }
      const bytes = toBytesView(array, "getRandomValues: the argument");
      const length = TypedArrayPrototypeGetLength(bytes);
      if (length > QUOTA) {
        throw new DOMException(
          `getRandomValues: ${length} bytes requested, more than ${QUOTA}`, "QuotaExceededError",
        );
      }
      if (length !== 0) {
        randomFill(bytes);
      }
      return array;
    }

    randomUUID() {
      this.#brand;
      const bytes = new Uint8Array(16);
      randomFill(bytes);
      bytes[6] = (bytes[6] & 0x0f) | 0x40;
      bytes[8] = (bytes[8] & 0x3f) | 0x80;
      return (
        `${hex(bytes, 0, 4)}-${hex(bytes, 4, 6)}-${hex(bytes, 6, 8)}-` +
        `${hex(bytes, 8, 10)}-${hex(bytes, 10, 16)}`
      );
    }
  }

  defineInterface(Crypto);
  internals.globals.crypto = new Crypto(constructToken);
  internals.random = { __proto__: null, hex };
})
