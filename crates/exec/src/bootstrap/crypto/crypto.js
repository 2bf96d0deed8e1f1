// The interface Crypto.
(function (internals) {
  "use strict";
  const { TypedArrayPrototypeGetLength, TypedArrayPrototypeGetToStringTag } = internals.primordials;
  const { DOMException } = internals;
  const {
    constructToken, defineInterface, illegalConstructor, requireArguments, toBytesView,
  } = internals.webidl;
  const { randomFill, randomUuid } = internals.host;

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

    get subtle() {
      this.#brand;
      return internals.subtle;
    }

    // workerd has it there.
    get DigestStream() {
      this.#brand;
      return internals.DigestStream;
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
        const { QuotaExceededError } = internals.quotaExceeded;
        throw new QuotaExceededError(`getRandomValues: ${length} bytes requested, more than ${QUOTA}`);
      }
      if (length !== 0) {
        randomFill(bytes);
      }
      return array;
    }

    randomUUID() {
      this.#brand;
      return randomUuid();
    }
  }

  defineInterface(Crypto);
  internals.globals.crypto = new Crypto(constructToken);
  internals.random = { __proto__: null, hex };
})
