// Keys that are bytes: what HMAC, AES, HKDF and PBKDF2 have in common.
(function (internals) {
  "use strict";
  const { TypedArrayPrototypeGetLength } = internals.primordials;
  const { DOMException } = internals;
  const { checked } = internals.computed;
  const { bufferOf } = internals.cryptoBuffers;
  const { checkType, exported, invalid } = internals.jwk;
  const { cryptoKeyExport, cryptoKeyToJwk, cryptoSecretBits, cryptoSecretFromJwk, cryptoSecretImport } =
    internals.host;

  // The format of a key that was derived: the host's number for it.
  const HELD = "held";

  function unsupportedFormat(format, name) {
    return new DOMException(`${name} has no format "${format}"`, "NotSupportedError");
  }

  // What the host has made of a key in one of these formats: its number, and how
  // many bits it has.
  function take(format, data, name) {
    switch (format) {
      case HELD:
        return { __proto__: null, bits: cryptoSecretBits(data), handle: data };
      case "raw":
        return {
          __proto__: null,
          bits: TypedArrayPrototypeGetLength(data) * 8,
          handle: checked(cryptoSecretImport(data, 0)),
        };
      case "jwk": {
        checkType(data, "oct");
        if (data.k === undefined) {
          throw invalid("The JSON Web Key has no k");
        }
        const handle = checked(cryptoSecretFromJwk(data.k));
        return { __proto__: null, bits: cryptoSecretBits(handle), handle };
      }
      default:
        throw unsupportedFormat(format, name);
    }
  }

  // A key as bytes, or as the members of a JSON Web Key.
  function give(format, slots, alg) {
    switch (format) {
      case "raw":
        return bufferOf(checked(cryptoKeyExport(slots.handle, "raw")));
      case "jwk":
        return exported("oct", slots, {
          __proto__: null, alg, k: checked(cryptoKeyToJwk(slots.handle))[0],
        });
      default:
        throw unsupportedFormat(format, slots.definition.name);
    }
  }

  internals.secret = { __proto__: null, HELD, give, take, unsupportedFormat };
})
