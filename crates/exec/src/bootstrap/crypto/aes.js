// AES-CBC, AES-CTR, AES-GCM and AES-KW.
(function (internals) {
  "use strict";
  const { TypedArrayPrototypeGetLength, Uint8Array } = internals.primordials;
  const { DOMException } = internals;
  const { checked } = internals.computed;
  const { copyOf, toBufferSource } = internals.cryptoBuffers;
  const { makeKey, usage } = internals.cryptoKey;
  const { none, required, toOctet, toUnsignedShort } = internals.cryptoNormalize;
  const { register } = internals.cryptoRegistry;
  const { checkAlg, checkUse, invalid } = internals.jwk;
  const { give, take } = internals.secret;
  const {
    cryptoAesCbc, cryptoAesCtr, cryptoAesGcm, cryptoAesKw, cryptoSecretGenerate,
  } = internals.host;

  const WRAPPING = usage.wrapKey | usage.unwrapKey;
  const CIPHER = WRAPPING | usage.encrypt | usage.decrypt;
  const NOTHING = () => new Uint8Array(0);

  const failed = (message) => new DOMException(message, "OperationError");

  const isLength = (bits) => bits === 128 || bits === 192 || bits === 256;

  function checkLength(bits) {
    if (!isLength(bits)) {
      throw failed("A key of AES has 128, 192 or 256 bits");
    }
  }

  const sourceIn = (given, member) => copyOf(toBufferSource(required(given, member), member));

  // AesKeyGenParams, AesDerivedKeyParams
  const lengthParams = (given) => ({
    __proto__: null, length: toUnsignedShort(required(given, "length"), "length"),
  });

  const cbcParams = (given) => ({ __proto__: null, iv: sourceIn(given, "iv") });

  const ctrParams = (given) => ({
    __proto__: null,
    counter: sourceIn(given, "counter"),
    length: toOctet(required(given, "length"), "length"),
  });

  function gcmParams(given) {
    const { additionalData } = given;
    if (additionalData !== undefined) {
      toBufferSource(additionalData, "additionalData");
    }
    const iv = toBufferSource(required(given, "iv"), "iv");
    const { tagLength } = given;
    const bits = tagLength === undefined ? 128 : toOctet(tagLength, "tagLength");
    return {
      __proto__: null,
      additionalData: additionalData === undefined ? NOTHING() : copyOf(additionalData),
      iv: copyOf(iv),
      tagLength: bits,
    };
  }

  // The registration of a mode. `ciphers` has the operations that are its own.
  function mode(name, suffix, allUsages, ciphers) {
    function checkUsages(usages) {
      if ((usages & ~allUsages) !== 0) {
        throw new DOMException(`A key of ${name} has no such usage`, "SyntaxError");
      }
    }

    const definition = {
      __proto__: null,
      name,
      operations: {
        __proto__: null,
        ...ciphers.operations,
        generateKey: lengthParams,
        getKeyLength: lengthParams,
        importKey: none,
      },
      ...ciphers.functions,

      show: ({ details }) => ({ name, length: details.length }),

      generateKey({ length }, extractable, usages) {
        checkUsages(usages);
        checkLength(length);
        const handle = checked(cryptoSecretGenerate(length));
        return makeKey(definition, "secret", handle, { __proto__: null, length }, extractable, usages);
      },

      importKey(_params, format, data, extractable, usages) {
        checkUsages(usages);
        const { bits, handle } = take(format, data, name);
        if (!isLength(bits)) {
          throw invalid("A key of AES has 128, 192 or 256 bits");
        }
        if (format === "jwk") {
          checkAlg(data, `A${bits}${suffix}`);
          checkUse(data, usages, "enc", extractable);
        }
        return makeKey(
          definition, "secret", handle, { __proto__: null, length: bits }, extractable, usages,
        );
      },

      exportKey: (format, slots) => give(format, slots, `A${slots.details.length}${suffix}`),

      getKeyLength({ length }) {
        checkLength(length);
        return length;
      },
    };
    register(definition);
  }

  function cbc({ iv }, slots, decrypts, data, id) {
    if (TypedArrayPrototypeGetLength(iv) !== 16) {
      throw failed("The iv of AES-CBC has 16 bytes");
    }
    return cryptoAesCbc(id, slots.handle, decrypts, iv, data);
  }

  function ctr({ counter, length }, slots, data, id) {
    if (TypedArrayPrototypeGetLength(counter) !== 16) {
      throw failed("The counter of AES-CTR has 16 bytes");
    }
    if (length === 0 || length > 128) {
      throw failed("The length of the counter of AES-CTR is 1 to 128 bits");
    }
    return cryptoAesCtr(id, slots.handle, counter, length, data);
  }

  function gcm({ additionalData, iv, tagLength }, slots, decrypts, data, id) {
    switch (tagLength) {
      case 32:
      case 64:
      case 96:
      case 104:
      case 112:
      case 120:
      case 128:
        break;
      default:
        throw failed("The tag of AES-GCM has 32, 64, 96, 104, 112, 120 or 128 bits");
    }
    if (TypedArrayPrototypeGetLength(iv) === 0) {
      throw failed("The iv of AES-GCM must not be empty");
    }
    return cryptoAesGcm(id, slots.handle, decrypts, iv, additionalData, tagLength / 8, data);
  }

  mode("AES-CBC", "CBC", CIPHER, {
    operations: { encrypt: cbcParams, decrypt: cbcParams },
    functions: {
      encrypt: (params, slots, data, id) => cbc(params, slots, false, data, id),
      decrypt: (params, slots, data, id) => cbc(params, slots, true, data, id),
    },
  });
  mode("AES-CTR", "CTR", CIPHER, {
    operations: { encrypt: ctrParams, decrypt: ctrParams },
    functions: { encrypt: ctr, decrypt: ctr },
  });
  mode("AES-GCM", "GCM", CIPHER, {
    operations: { encrypt: gcmParams, decrypt: gcmParams },
    functions: {
      encrypt: (params, slots, data, id) => gcm(params, slots, false, data, id),
      decrypt: (params, slots, data, id) => gcm(params, slots, true, data, id),
    },
  });
  mode("AES-KW", "KW", WRAPPING, {
    operations: { wrapKey: none, unwrapKey: none },
    functions: {
      wrapKey: (_params, slots, data, id) => cryptoAesKw(id, slots.handle, false, data),
      unwrapKey: (_params, slots, data, id) => cryptoAesKw(id, slots.handle, true, data),
    },
  });
})
