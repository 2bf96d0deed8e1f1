// HKDF and PBKDF2.
(function (internals) {
  "use strict";
  const { DOMException } = internals;
  const { copyOf, toBufferSource } = internals.cryptoBuffers;
  const { makeKey, usage } = internals.cryptoKey;
  const { none, required, toHash, toIdentifier, toUnsignedLong } = internals.cryptoNormalize;
  const { register } = internals.cryptoRegistry;
  const { HELD, take, unsupportedFormat } = internals.secret;
  const { cryptoHkdf, cryptoPbkdf2 } = internals.host;

  const USAGES = usage.deriveKey | usage.deriveBits;
  const LAST_HASH = 3;

  const failed = (message) => new DOMException(message, "OperationError");

  // The hash function of a member that has been converted to an identifier.
  function hashOf(identifier, name) {
    const hash = toHash(identifier);
    if (hash > LAST_HASH) {
      throw new DOMException(`${name} does not take this hash function`, "NotSupportedError");
    }
    return hash;
  }

  function hkdfParams(given) {
    const identifier = toIdentifier(required(given, "hash"));
    const info = toBufferSource(required(given, "info"), "info");
    const salt = toBufferSource(required(given, "salt"), "salt");
    return {
      __proto__: null, hash: hashOf(identifier, "HKDF"), info: copyOf(info), salt: copyOf(salt),
    };
  }

  function pbkdf2Params(given) {
    const identifier = toIdentifier(required(given, "hash"));
    const iterations = toUnsignedLong(required(given, "iterations"), "iterations");
    const salt = toBufferSource(required(given, "salt"), "salt");
    return { __proto__: null, hash: hashOf(identifier, "PBKDF2"), iterations, salt: copyOf(salt) };
  }

  // `bits` is null for whoever wants as many as there are.
  function bytesOf(bits, name) {
    if (bits === null || bits % 8 !== 0) {
      throw failed(`The length of what ${name} derives must be a multiple of 8 bits`);
    }
    return bits / 8;
  }

  function source(name, params, derive) {
    const definition = {
      __proto__: null,
      name,
      operations: { __proto__: null, deriveBits: params, getKeyLength: none, importKey: none },

      show: () => ({ name }),

      importKey(_params, format, data, extractable, usages) {
        if (format !== "raw" && format !== HELD) {
          throw unsupportedFormat(format, name);
        }
        if ((usages & ~USAGES) !== 0) {
          throw new DOMException(`Keys of ${name} are for derivation`, "SyntaxError");
        }
        if (extractable) {
          throw new DOMException(`Keys of ${name} cannot be extractable`, "SyntaxError");
        }
        const { handle } = take(format, data, name);
        return makeKey(definition, "secret", handle, null, false, usages);
      },

      deriveBits: derive,
      getKeyLength: () => null,
    };
    register(definition);
  }

  source("HKDF", hkdfParams, ({ hash, info, salt }, slots, bits, kept, id) =>
    cryptoHkdf(id, slots.handle, hash, salt, info, bytesOf(bits, "HKDF"), kept));

  source("PBKDF2", pbkdf2Params, ({ hash, iterations, salt }, slots, bits, kept, id) => {
    const length = bytesOf(bits, "PBKDF2");
    if (iterations === 0) {
      throw failed("PBKDF2 needs an iteration");
    }
    return cryptoPbkdf2(id, slots.handle, hash, salt, iterations, length, kept);
  });
})
