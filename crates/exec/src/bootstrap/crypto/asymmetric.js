// What the algorithms with a public and a private key have in common: who may
// have which usage, and in which format a key of which type can be.
(function (internals) {
  "use strict";
  const { DOMException } = internals;
  const { checked } = internals.computed;
  const { bufferOf } = internals.cryptoBuffers;
  const { makeKey, toKey } = internals.cryptoKey;
  const { required } = internals.cryptoNormalize;
  const { cryptoKeyExport } = internals.host;

  const syntaxError = (message) => new DOMException(message, "SyntaxError");
  const invalidAccess = (message) => new DOMException(message, "InvalidAccessError");

  function checkUsages(usages, allowed, name) {
    if ((usages & ~allowed) !== 0) {
      throw syntaxError(`A key of ${name} has no such usage`);
    }
  }

  // The type of the key that is in this format, when its usages are checked.
  // `allowed` has those of both types.
  function typeOf(format, data, usages, allowed, name) {
    const isPrivate = format === "pkcs8" || (format === "jwk" && data.d !== undefined);
    const type = isPrivate ? "private" : "public";
    checkUsages(usages, allowed[type], name);
    return type;
  }

  // A pair as generateKey gives it.
  function makePair(definition, handles, details, extractable, usages, allowed) {
    const privateUsages = usages & allowed.private;
    if (privateUsages === 0) {
      throw syntaxError("The private key would have no usage");
    }
    const privateKey =
      makeKey(definition, "private", handles[0], details, extractable, privateUsages);
    const publicKey =
      makeKey(definition, "public", handles[1], details, true, usages & allowed.public);
    return { privateKey, publicKey };
  }

  // A key in one of the formats that are not JSON.
  function exportBytes(format, slots) {
    const type = format === "pkcs8" ? "private" : "public";
    if (slots.type !== type) {
      throw invalidAccess(`Only a ${type} key has the format "${format}"`);
    }
    return bufferOf(checked(cryptoKeyExport(slots.handle, format)));
  }

  // EcdhKeyDeriveParams
  const agreementParams = (given) => ({
    __proto__: null, public: toKey(required(given, "public"), "public"),
  });

  // That both keys can have something in common, which `isSame` says of their details.
  function checkAgreement(slots, other, isSame) {
    if (slots.type !== "private") {
      throw invalidAccess("The base key must be a private one");
    }
    if (other.type !== "public") {
      throw invalidAccess('The member "public" of the algorithm must be a public key');
    }
    if (other.definition !== slots.definition || !isSame(slots.details, other.details)) {
      throw invalidAccess("The keys are of different algorithms or curves");
    }
  }

  internals.asymmetric = {
    __proto__: null, agreementParams, checkAgreement, checkUsages, exportBytes, makePair, typeOf,
  };
})
