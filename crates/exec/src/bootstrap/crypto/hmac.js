// HMAC.
(function (internals) {
  "use strict";
  const { TypeError } = internals.primordials;
  const { DOMException } = internals;
  const { checked } = internals.computed;
  const { makeKey, usage } = internals.cryptoKey;
  const { HASHES, register } = internals.cryptoRegistry;
  const { none, required, toHash, toIdentifier, toUnsignedLong } = internals.cryptoNormalize;
  const { checkAlg, checkUse, invalid } = internals.jwk;
  const { give, take } = internals.secret;
  const {
    cryptoHmacSign, cryptoHmacVerify, cryptoSecretFirstBits, cryptoSecretGenerate,
  } = internals.host;

  const USAGES = usage.sign | usage.verify;
  const BLOCK_BITS = [512, 512, 1024, 1024];
  const ALGS = ["HS1", "HS256", "HS384", "HS512"];

  function checkUsages(usages) {
    if ((usages & ~USAGES) !== 0) {
      throw new DOMException("Keys of HMAC can only sign and verify", "SyntaxError");
    }
  }

  // HmacImportParams and HmacKeyGenParams
  function params(given) {
    const identifier = toIdentifier(required(given, "hash"));
    const { length } = given;
    const bits = length === undefined ? undefined : toUnsignedLong(length, "length");
    const hash = toHash(identifier);
    if (hash >= BLOCK_BITS.length) {
      throw new DOMException("HMAC does not take this hash function", "NotSupportedError");
    }
    return { __proto__: null, hash, length: bits };
  }

  const definition = {
    __proto__: null,
    name: "HMAC",
    operations: {
      __proto__: null, generateKey: params, getKeyLength: params, importKey: params, sign: none, verify: none,
    },

    show: ({ details }) => ({
      name: "HMAC", hash: { name: HASHES[details.hash] }, length: details.length,
    }),

    sign: (_params, slots, data, id) => cryptoHmacSign(id, slots.handle, slots.details.hash, data),

    verify: (_params, slots, signature, data, id) =>
      cryptoHmacVerify(id, slots.handle, slots.details.hash, signature, data),

    generateKey({ hash, length }, extractable, usages) {
      checkUsages(usages);
      const bits = length ?? BLOCK_BITS[hash];
      if (bits === 0) {
        throw new DOMException("A key must not be empty", "OperationError");
      }
      const handle = checked(cryptoSecretGenerate(bits));
      const details = { __proto__: null, hash, length: bits };
      return makeKey(definition, "secret", handle, details, extractable, usages);
    },

    importKey({ hash, length }, format, data, extractable, usages) {
      checkUsages(usages);
      const { bits, handle } = take(format, data, "HMAC");
      if (format === "jwk") {
        checkAlg(data, ALGS[hash]);
        checkUse(data, usages, "sig", extractable);
      }
      if (bits === 0) {
        throw invalid("A key must not be empty");
      }
      if (length !== undefined && (length > bits || length <= bits - 8)) {
        throw invalid("The length is not that of the key");
      }
      const some = length !== undefined && length !== bits;
      const details = { __proto__: null, hash, length: length ?? bits };
      return makeKey(
        definition, "secret", some ? checked(cryptoSecretFirstBits(handle, length)) : handle, details,
        extractable, usages,
      );
    },

    exportKey: (format, slots) => give(format, slots, ALGS[slots.details.hash]),

    getKeyLength({ hash, length }) {
      const bits = length ?? BLOCK_BITS[hash];
      if (bits === 0) {
        throw new TypeError("A key must not be empty");
      }
      return bits;
    },
  };

  register(definition);
})
