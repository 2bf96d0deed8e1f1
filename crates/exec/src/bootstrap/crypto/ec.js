// ECDSA and ECDH.
(function (internals) {
  "use strict";
  const { DOMException } = internals;
  const {
    agreementParams, checkAgreement, checkUsages, exportBytes, makePair, typeOf,
  } = internals.asymmetric;
  const { checked } = internals.computed;
  const { makeKey, usage } = internals.cryptoKey;
  const { required, toHash, toIdentifier } = internals.cryptoNormalize;
  const { register } = internals.cryptoRegistry;
  const { checkAlg, checkType, checkUse, exported, invalid } = internals.jwk;
  const { unsupportedFormat } = internals.secret;
  const { toDOMString } = internals.webidl;
  const {
    cryptoEcAgree, cryptoEcFromJwk, cryptoEcGenerate, cryptoEcImport, cryptoEcSign, cryptoEcVerify,
    cryptoKeyToJwk,
  } = internals.host;

  // In the order of the host's.
  const CURVES = ["P-256", "P-384", "P-521"];
  const ALGS = ["ES256", "ES384", "ES512"];

  function indexOf(name) {
    for (let i = 0; i < CURVES.length; i++) {
      if (CURVES[i] === name) {
        return i;
      }
    }
    return -1;
  }

  // EcKeyGenParams, EcKeyImportParams
  const curveParams = (given) => ({
    __proto__: null, namedCurve: toDOMString(required(given, "namedCurve")),
  });

  // EcdsaParams
  const hashParams = (given) => ({
    __proto__: null, hash: toHash(toIdentifier(required(given, "hash"))),
  });

  function fromJwk(jwk, usages, { namedCurve }, extractable, use, algs) {
    checkType(jwk, "EC");
    checkUse(jwk, usages, use, extractable);
    const curve = indexOf(jwk.crv);
    if (jwk.crv !== namedCurve || curve === -1) {
      throw invalid('The member "crv" of the JSON Web Key is not the curve');
    }
    if (algs !== null) {
      checkAlg(jwk, algs[curve]);
    }
    if (jwk.x === undefined || jwk.y === undefined || jwk.d === "") {
      throw invalid("The JSON Web Key has not all members of a key");
    }
    return checked(cryptoEcFromJwk(curve, jwk.x, jwk.y, jwk.d ?? ""));
  }

  // An algorithm on the curves. `use` and `algs` are what a JSON Web Key says of it.
  function onCurves(name, allowed, use, algs, operations, functions) {
    const all = allowed.private | allowed.public;
    const definition = {
      __proto__: null,
      isAsymmetric: true,
      name,
      operations: {
        __proto__: null, ...operations, generateKey: curveParams, importKey: curveParams,
      },
      ...functions,

      show: ({ details }) => ({ name, namedCurve: CURVES[details.curve] }),

      generateKey({ namedCurve }, extractable, usages) {
        checkUsages(usages, all, name);
        const curve = indexOf(namedCurve);
        if (curve === -1) {
          throw new DOMException(`There is no curve "${namedCurve}"`, "NotSupportedError");
        }
        const details = { __proto__: null, curve };
        return makePair(
          definition, checked(cryptoEcGenerate(curve)), details, extractable, usages, allowed,
        );
      },

      importKey(params, format, data, extractable, usages) {
        if (format === "held") {
          throw unsupportedFormat("raw", name);
        }
        const type = typeOf(format, data, usages, allowed, name);
        const curve = indexOf(params.namedCurve);
        let handle;
        if (format === "jwk") {
          handle = fromJwk(data, usages, params, extractable, use, algs);
        } else if (curve === -1) {
          throw invalid(`There is no curve "${params.namedCurve}"`);
        } else {
          handle = checked(cryptoEcImport(curve, format, data));
        }
        return makeKey(definition, type, handle, { __proto__: null, curve }, extractable, usages);
      },

      exportKey(format, slots) {
        if (format !== "jwk") {
          return exportBytes(format, slots);
        }
        const texts = checked(cryptoKeyToJwk(slots.handle));
        return exported("EC", slots, {
          __proto__: null,
          crv: CURVES[slots.details.curve],
          d: slots.type === "private" ? texts[2] : undefined,
          x: texts[0],
          y: texts[1],
        });
      },
    };
    register(definition);
  }

  const invalidAccess = (message) => new DOMException(message, "InvalidAccessError");

  onCurves(
    "ECDSA", { private: usage.sign, public: usage.verify }, "sig", ALGS,
    { sign: hashParams, verify: hashParams },
    {
      sign({ hash }, slots, data, id) {
        if (slots.type !== "private") {
          throw invalidAccess("Only a private key can sign");
        }
        return cryptoEcSign(id, slots.handle, hash, data);
      },
      verify({ hash }, slots, signature, data, id) {
        if (slots.type !== "public") {
          throw invalidAccess("Only a public key can verify");
        }
        return cryptoEcVerify(id, slots.handle, hash, signature, data);
      },
    },
  );

  onCurves(
    "ECDH", { private: usage.deriveKey | usage.deriveBits, public: 0 }, "enc", null,
    { deriveBits: agreementParams },
    {
      deriveBits({ public: other }, slots, bits, kept, id) {
        checkAgreement(slots, other, (own, others) => own.curve === others.curve);
        return cryptoEcAgree(id, slots.handle, other.handle, bits ?? -1, kept);
      },
    },
  );
})
