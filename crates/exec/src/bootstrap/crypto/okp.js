// Ed25519, X25519, Ed448 and X448.
(function (internals) {
  "use strict";
  const { DOMException } = internals;
  const {
    agreementParams, checkAgreement, checkUsages, exportBytes, makePair, typeOf,
  } = internals.asymmetric;
  const { checked } = internals.computed;
  const { makeKey, usage } = internals.cryptoKey;
  const { none } = internals.cryptoNormalize;
  const { register } = internals.cryptoRegistry;
  const { checkType, checkUse, exported, invalid } = internals.jwk;
  const { unsupportedFormat } = internals.secret;
  const {
    cryptoKeyToJwk, cryptoOkpAgree, cryptoOkpFromJwk, cryptoOkpGenerate, cryptoOkpImport, cryptoOkpSign,
    cryptoOkpVerify,
  } = internals.host;

  // In the order of the host's.
  const CURVES = ["Ed25519", "X25519", "Ed448", "X448"];

  // An algorithm with a curve of its own. `use` and `algs` are what a JSON Web Key says of it.
  function onCurve(curve, allowed, use, algs, operations, functions) {
    const name = CURVES[curve];
    const all = allowed.private | allowed.public;

    function fromJwk(jwk, usages, extractable) {
      checkType(jwk, "OKP");
      if (jwk.crv !== name) {
        throw invalid('The member "crv" of the JSON Web Key is not the curve');
      }
      if (algs !== null && jwk.alg !== undefined && jwk.alg !== algs[0] && jwk.alg !== algs[1]) {
        throw invalid('The member "alg" of the JSON Web Key is not the algorithm');
      }
      checkUse(jwk, usages, use, extractable);
      if (jwk.x === undefined || jwk.d === "") {
        throw invalid("The JSON Web Key has not all members of a key");
      }
      return checked(cryptoOkpFromJwk(curve, jwk.x, jwk.d ?? ""));
    }

    const definition = {
      __proto__: null,
      isAsymmetric: true,
      name,
      operations: { __proto__: null, ...operations, generateKey: none, importKey: none },
      ...functions,

      show: () => ({ name }),

      generateKey(_params, extractable, usages) {
        checkUsages(usages, all, name);
        const handles = checked(cryptoOkpGenerate(curve));
        return makePair(definition, handles, null, extractable, usages, allowed);
      },

      importKey(_params, format, data, extractable, usages) {
        if (format === "held") {
          throw unsupportedFormat("raw", name);
        }
        const type = typeOf(format, data, usages, allowed, name);
        const handle = format === "jwk"
          ? fromJwk(data, usages, extractable)
          : checked(cryptoOkpImport(curve, format, data));
        return makeKey(definition, type, handle, null, extractable, usages);
      },

      exportKey(format, slots) {
        if (format !== "jwk") {
          return exportBytes(format, slots);
        }
        const texts = checked(cryptoKeyToJwk(slots.handle));
        return exported("OKP", slots, {
          __proto__: null,
          alg: algs === null ? undefined : name,
          crv: name,
          d: slots.type === "private" ? texts[1] : undefined,
          x: texts[0],
        });
      },
    };
    register(definition);
  }

  const invalidAccess = (message) => new DOMException(message, "InvalidAccessError");

  // A curve for signatures.
  function signingOn(curve) {
    onCurve(
      curve, { private: usage.sign, public: usage.verify }, "sig", [CURVES[curve], "EdDSA"],
      { sign: none, verify: none },
      {
        sign(_params, slots, data, id) {
          if (slots.type !== "private") {
            throw invalidAccess("Only a private key can sign");
          }
          return cryptoOkpSign(id, slots.handle, data);
        },
        verify(_params, slots, signature, data, id) {
          if (slots.type !== "public") {
            throw invalidAccess("Only a public key can verify");
          }
          return cryptoOkpVerify(id, slots.handle, signature, data);
        },
      },
    );
  }

  // A curve for agreement.
  function agreeingOn(curve) {
    onCurve(
      curve, { private: usage.deriveKey | usage.deriveBits, public: 0 }, "enc", null,
      { deriveBits: agreementParams },
      {
        deriveBits({ public: other }, slots, bits, kept, id) {
          checkAgreement(slots, other, () => true);
          return cryptoOkpAgree(id, slots.handle, other.handle, bits ?? -1, kept);
        },
      },
    );
  }

  signingOn(0);
  agreeingOn(1);
  signingOn(2);
  agreeingOn(3);
})
