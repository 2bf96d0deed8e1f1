// RSASSA-PKCS1-v1_5, RSA-PSS and RSA-OAEP.
(function (internals) {
  "use strict";
  const {
    TypeError, TypedArrayPrototypeGetLength, TypedArrayPrototypeGetToStringTag, Uint8Array,
  } = internals.primordials;
  const { DOMException } = internals;
  const { checkUsages, exportBytes, makePair, typeOf } = internals.asymmetric;
  const { checked, compute } = internals.computed;
  const { copyOf, toBufferSource } = internals.cryptoBuffers;
  const { makeKey, usage } = internals.cryptoKey;
  const { none, required, toHash, toIdentifier, toUnsignedLong } = internals.cryptoNormalize;
  const { HASHES, register } = internals.cryptoRegistry;
  const { checkAlg, checkType, checkUse, exported, invalid } = internals.jwk;
  const { unsupportedFormat } = internals.secret;
  const {
    cryptoKeyToJwk, cryptoRsaBits, cryptoRsaExponent, cryptoRsaFromJwk, cryptoRsaGenerate,
    cryptoRsaImport, cryptoRsaOaep, cryptoRsaSign, cryptoRsaVerify,
  } = internals.host;

  // JSON Web Algorithms know no more hash functions.
  const LAST_HASH = 3;
  const PKCS1 = -1;

  const failed = (message) => new DOMException(message, "OperationError");
  const invalidAccess = (message) => new DOMException(message, "InvalidAccessError");

  // The hash function of a member that has been converted to an identifier.
  function hashOf(identifier) {
    const hash = toHash(identifier);
    if (hash > LAST_HASH) {
      throw new DOMException("RSA does not take this hash function", "NotSupportedError");
    }
    return hash;
  }

  // RsaHashedKeyGenParams, whose inherited members come first.
  function generationParams(given) {
    const modulusLength = toUnsignedLong(required(given, "modulusLength"), "modulusLength");
    const exponent = required(given, "publicExponent");
    if (TypedArrayPrototypeGetToStringTag(exponent) !== "Uint8Array") {
      throw new TypeError('The member "publicExponent" of the algorithm must be a Uint8Array');
    }
    const publicExponent = copyOf(toBufferSource(exponent, "publicExponent"));
    const hash = hashOf(toIdentifier(required(given, "hash")));
    return { __proto__: null, hash, modulusLength, publicExponent };
  }

  // RsaHashedImportParams
  const importParams = (given) => ({
    __proto__: null, hash: hashOf(toIdentifier(required(given, "hash"))),
  });

  // RsaPssParams
  const pssParams = (given) => ({
    __proto__: null, saltLength: toUnsignedLong(required(given, "saltLength"), "saltLength"),
  });

  // RsaOaepParams
  function oaepParams(given) {
    const { label } = given;
    return {
      __proto__: null,
      label: label === undefined ? new Uint8Array(0) : copyOf(toBufferSource(label, "label")),
    };
  }

  // Whether the bytes are 65537, in as many as there may be.
  function isUsualExponent(bytes) {
    const length = TypedArrayPrototypeGetLength(bytes);
    for (let i = 0; i < length; i++) {
      const expected = i === length - 1 || i === length - 3 ? 1 : 0;
      if (bytes[i] !== expected) {
        return false;
      }
    }
    return length >= 3;
  }

  // What is shown of the host's key, with the hash function that it is used with.
  const detailsOf = (handle, hash) => ({
    __proto__: null,
    exponent: checked(cryptoRsaExponent(handle)),
    hash,
    length: cryptoRsaBits(handle),
  });

  function fromJwk(jwk, usages, { hash }, extractable, use, algs) {
    checkType(jwk, "RSA");
    checkUse(jwk, usages, use, extractable);
    checkAlg(jwk, algs[hash]);
    if (jwk.hasOthers) {
      throw new DOMException("RSA keys have two primes", "NotSupportedError");
    }
    if (jwk.n === undefined || jwk.e === undefined) {
      throw invalid("The JSON Web Key has not all members of a key");
    }
    if (jwk.d === undefined) {
      return checked(cryptoRsaFromJwk([jwk.n, jwk.e]));
    }
    const { n, e, d, p, q, dp, dq, qi } = jwk;
    if (
      p === undefined || q === undefined || dp === undefined || dq === undefined || qi === undefined
    ) {
      throw invalid("The JSON Web Key has not all members of a private key");
    }
    return checked(cryptoRsaFromJwk([n, e, d, p, q, dp, dq, qi]));
  }

  // An algorithm. `use` and `algs` are what a JSON Web Key says of it.
  function withKeys(name, allowed, use, algs, operations, functions) {
    const all = allowed.private | allowed.public;
    const definition = {
      __proto__: null,
      isAsymmetric: true,
      name,
      operations: {
        __proto__: null, ...operations, generateKey: generationParams, importKey: importParams,
      },
      ...functions,

      show: ({ details }) => ({
        name,
        modulusLength: details.length,
        publicExponent: copyOf(details.exponent),
        hash: { name: HASHES[details.hash] },
      }),

      generateKey({ hash, modulusLength, publicExponent }, extractable, usages) {
        checkUsages(usages, all, name);
        if (!isUsualExponent(publicExponent)) {
          throw failed("The public exponent of a generated RSA key is 65537");
        }
        if ((usages & allowed.private) === 0) {
          // Before the work rather than after it.
          throw new DOMException("The private key would have no usage", "SyntaxError");
        }
        return compute((id) => cryptoRsaGenerate(id, modulusLength), (handles) =>
          makePair(definition, handles, detailsOf(handles[1], hash), extractable, usages, allowed));
      },

      importKey(params, format, data, extractable, usages) {
        if (format !== "spki" && format !== "pkcs8" && format !== "jwk") {
          throw unsupportedFormat("raw", name);
        }
        const type = typeOf(format, data, usages, allowed, name);
        const handle = format === "jwk"
          ? fromJwk(data, usages, params, extractable, use, algs)
          : checked(cryptoRsaImport(format, data));
        return makeKey(definition, type, handle, detailsOf(handle, params.hash), extractable, usages);
      },

      exportKey(format, slots) {
        if (format === "raw") {
          throw unsupportedFormat(format, name);
        }
        if (format !== "jwk") {
          return exportBytes(format, slots);
        }
        const texts = checked(cryptoKeyToJwk(slots.handle));
        const members = { __proto__: null, alg: algs[slots.details.hash], e: texts[1], n: texts[0] };
        if (slots.type === "private") {
          members.d = texts[2];
          members.p = texts[3];
          members.q = texts[4];
          members.dp = texts[5];
          members.dq = texts[6];
          members.qi = texts[7];
        }
        return exported("RSA", slots, members);
      },
    };
    register(definition);
  }

  // The functions of a signature whose padding `saltOf` the parameters.
  const signature = (saltOf) => ({
    sign(params, slots, data, id) {
      if (slots.type !== "private") {
        throw invalidAccess("Only a private key can sign");
      }
      return cryptoRsaSign(id, slots.handle, saltOf(params), slots.details.hash, data);
    },
    verify(params, slots, signed, data, id) {
      if (slots.type !== "public") {
        throw invalidAccess("Only a public key can verify");
      }
      return cryptoRsaVerify(id, slots.handle, saltOf(params), slots.details.hash, signed, data);
    },
  });

  const SIGNING = { private: usage.sign, public: usage.verify };

  withKeys(
    "RSASSA-PKCS1-v1_5", SIGNING, "sig", ["RS1", "RS256", "RS384", "RS512"],
    { sign: none, verify: none }, signature(() => PKCS1),
  );
  withKeys(
    "RSA-PSS", SIGNING, "sig", ["PS1", "PS256", "PS384", "PS512"],
    { sign: pssParams, verify: pssParams }, signature(({ saltLength }) => saltLength),
  );
  withKeys(
    "RSA-OAEP",
    {
      private: usage.decrypt | usage.unwrapKey,
      public: usage.encrypt | usage.wrapKey,
    },
    "enc", ["RSA-OAEP", "RSA-OAEP-256", "RSA-OAEP-384", "RSA-OAEP-512"],
    { encrypt: oaepParams, decrypt: oaepParams },
    {
      encrypt({ label }, slots, data, id) {
        if (slots.type !== "public") {
          throw invalidAccess("Only a public key can encrypt");
        }
        return cryptoRsaOaep(id, slots.handle, false, slots.details.hash, label, data);
      },
      decrypt({ label }, slots, data, id) {
        if (slots.type !== "private") {
          throw invalidAccess("Only a private key can decrypt");
        }
        return cryptoRsaOaep(id, slots.handle, true, slots.details.hash, label, data);
      },
    },
  );
})
