// SubtleCrypto: arguments are converted, algorithms normalised, and keys checked
// for what they are to do. What follows is the algorithms' own.
(function (internals) {
  "use strict";
  const {
    TypeError, TypedArrayPrototypeFill, TypedArrayPrototypeGetLength, Uint8Array,
  } = internals.primordials;
  const { DOMException } = internals;
  const { compute, promised } = internals.computed;
  const { bufferOf, bytesOf, toBufferSource } = internals.cryptoBuffers;
  const { slotsOf, toKey, toUsages, usage } = internals.cryptoKey;
  const { normalize, toIdentifier } = internals.cryptoNormalize;
  const { fromJson, toJson, toJwk, toObject } = internals.jwk;
  const { HELD } = internals.secret;
  const {
    constructToken, defineInterface, illegalConstructor, isBufferSource, lookUp, requireArguments,
    toDOMString,
  } = internals.webidl;
  const { cryptoDigest, cryptoEqual } = internals.host;

  const invalidAccess = (message) => new DOMException(message, "InvalidAccessError");

  const FORMATS = { __proto__: null, jwk: true, pkcs8: true, raw: true, spki: true };

  function toFormat(value) {
    const format = toDOMString(value);
    if (lookUp(FORMATS, format) === undefined) {
      throw new TypeError(`"${format}" is not a format of keys`);
    }
    return format;
  }

  // The key must be one of this algorithm, and have the usage.
  function checkKey(definition, slots, use) {
    if (slots.definition !== definition) {
      throw invalidAccess(`The key is one of ${slots.definition.name}, not ${definition.name}`);
    }
    if ((slots.usages & usage[use]) === 0) {
      throw invalidAccess(`The key has not the usage "${use}"`);
    }
  }

  function checkExport(slots) {
    if (slots.definition.exportKey === undefined) {
      throw new DOMException(
        `Keys of ${slots.definition.name} cannot be exported`, "NotSupportedError",
      );
    }
    if (!slots.extractable) {
      throw invalidAccess("The key is not extractable");
    }
  }

  // A new key that nobody could use is refused.
  function checkUseful(key) {
    const { type, usages } = slotsOf(key);
    if (usages === 0 && type !== "public") {
      throw new DOMException("The key would have no usage", "SyntaxError");
    }
    return key;
  }

  function cipher(operation, given, key, source) {
    const { definition, params } = normalize(operation, given);
    const data = bytesOf(source);
    checkKey(definition, key, operation);
    return compute((id) => definition[operation](params, key, data, id), bufferOf);
  }

  function importKey(format, data, { definition, params }, extractable, usages) {
    return checkUseful(definition.importKey(params, format, data, extractable, usages));
  }

  // What the algorithm says to `bits` of the guest's, which may be null.
  function derive(definition, params, key, bits, kept, convert) {
    return compute((id) => definition.deriveBits(params, key, bits, kept, id), convert);
  }

  // An algorithm that wraps keys itself, or encrypts what they are exported as.
  function normalizeWrapping(operation, cipherOperation, identifier) {
    let normalized;
    try {
      normalized = normalize(operation, identifier);
    } catch {
      return { use: cipherOperation, normalized: normalize(cipherOperation, identifier) };
    }
    return { use: operation, normalized };
  }

  // Overwrites a key that has been in the heap for a moment.
  function erase(bytes) {
    TypedArrayPrototypeFill(bytes, 0);
  }

  function wrapKey(format, key, wrappingKey, identifier) {
    const { use, normalized: { definition, params } } =
      normalizeWrapping("wrapKey", "encrypt", identifier);
    checkKey(definition, wrappingKey, "wrapKey");
    checkExport(key);
    const exported = key.definition.exportKey(format, key);
    const bytes = format === "jwk" ? toJson(exported) : new Uint8Array(exported);
    const wrapped = compute((id) => definition[use](params, wrappingKey, bytes, id), bufferOf);
    erase(bytes);
    return wrapped;
  }

  function unwrapKey(format, wrapped, unwrappingKey, identifier, keyIdentifier, extractable, usages) {
    const { use, normalized: { definition, params } } =
      normalizeWrapping("unwrapKey", "decrypt", identifier);
    const normalizedKey = normalize("importKey", keyIdentifier);
    const data = bytesOf(wrapped);
    checkKey(definition, unwrappingKey, "unwrapKey");
    return compute((id) => definition[use](params, unwrappingKey, data, id), (bytes) => {
      try {
        const given = format === "jwk" ? fromJson(bytes) : bytes;
        return importKey(format, given, normalizedKey, extractable, usages);
      } finally {
        erase(bytes);
      }
    });
  }

  class SubtleCrypto {
    #brand = true;

    constructor(token = undefined) {
      if (token !== constructToken) {
        illegalConstructor();
      }
    }

    encrypt(algorithm, key, data) {
      const given = arguments.length;
      return promised(() => {
        this.#brand;
        requireArguments(given, 3, "SubtleCrypto.encrypt");
        return cipher(
          "encrypt", toIdentifier(algorithm), toKey(key, "key"), toBufferSource(data, "data"),
        );
      });
    }

    decrypt(algorithm, key, data) {
      const given = arguments.length;
      return promised(() => {
        this.#brand;
        requireArguments(given, 3, "SubtleCrypto.decrypt");
        return cipher(
          "decrypt", toIdentifier(algorithm), toKey(key, "key"), toBufferSource(data, "data"),
        );
      });
    }

    sign(algorithm, key, data) {
      const given = arguments.length;
      return promised(() => {
        this.#brand;
        requireArguments(given, 3, "SubtleCrypto.sign");
        return cipher(
          "sign", toIdentifier(algorithm), toKey(key, "key"), toBufferSource(data, "data"),
        );
      });
    }

    verify(algorithm, key, signature, data) {
      const given = arguments.length;
      return promised(() => {
        this.#brand;
        requireArguments(given, 4, "SubtleCrypto.verify");
        const identifier = toIdentifier(algorithm);
        const slots = toKey(key, "key");
        toBufferSource(signature, "signature");
        toBufferSource(data, "data");
        const { definition, params } = normalize("verify", identifier);
        const signed = bytesOf(signature);
        const message = bytesOf(data);
        checkKey(definition, slots, "verify");
        return compute((id) => definition.verify(params, slots, signed, message, id), (valid) => valid);
      });
    }

    digest(algorithm, data) {
      const given = arguments.length;
      return promised(() => {
        this.#brand;
        requireArguments(given, 2, "SubtleCrypto.digest");
        const identifier = toIdentifier(algorithm);
        toBufferSource(data, "data");
        const { definition } = normalize("digest", identifier);
        const bytes = bytesOf(data);
        return compute((id) => cryptoDigest(id, definition.hash, bytes), bufferOf);
      });
    }

    generateKey(algorithm, extractable, keyUsages) {
      const given = arguments.length;
      return promised(() => {
        this.#brand;
        requireArguments(given, 3, "SubtleCrypto.generateKey");
        const identifier = toIdentifier(algorithm);
        const usages = toUsages(keyUsages, "keyUsages");
        const { definition, params } = normalize("generateKey", identifier);
        const generated = definition.generateKey(params, !!extractable, usages);
        return definition.isAsymmetric ? generated : checkUseful(generated);
      });
    }

    importKey(format, keyData, algorithm, extractable, keyUsages) {
      const given = arguments.length;
      return promised(() => {
        this.#brand;
        requireArguments(given, 5, "SubtleCrypto.importKey");
        const kind = toFormat(format);
        const isSource = isBufferSource(keyData);
        const data = isSource ? toBufferSource(keyData, "keyData") : toJwk(keyData);
        const identifier = toIdentifier(algorithm);
        const mayLeave = !!extractable;
        const usages = toUsages(keyUsages, "keyUsages");
        const normalized = normalize("importKey", identifier);
        if (isSource === (kind === "jwk")) {
          throw new TypeError(
            isSource ? "A JSON Web Key must not be bytes" : `A key in the format "${kind}" must be bytes`,
          );
        }
        return importKey(kind, isSource ? bytesOf(data) : data, normalized, mayLeave, usages);
      });
    }

    exportKey(format, key) {
      const given = arguments.length;
      return promised(() => {
        this.#brand;
        requireArguments(given, 2, "SubtleCrypto.exportKey");
        const kind = toFormat(format);
        const slots = toKey(key, "key");
        checkExport(slots);
        const exported = slots.definition.exportKey(kind, slots);
        return kind === "jwk" ? toObject(exported) : exported;
      });
    }

    deriveBits(algorithm, baseKey, length = null) {
      const given = arguments.length;
      return promised(() => {
        this.#brand;
        requireArguments(given, 2, "SubtleCrypto.deriveBits");
        const identifier = toIdentifier(algorithm);
        const slots = toKey(baseKey, "baseKey");
        // unsigned long?
        const bits = length === null || length === undefined ? null : length >>> 0;
        const { definition, params } = normalize("deriveBits", identifier);
        checkKey(definition, slots, "deriveBits");
        return derive(definition, params, slots, bits, false, bufferOf);
      });
    }

    deriveKey(algorithm, baseKey, derivedKeyType, extractable, keyUsages) {
      const given = arguments.length;
      return promised(() => {
        this.#brand;
        requireArguments(given, 5, "SubtleCrypto.deriveKey");
        const identifier = toIdentifier(algorithm);
        const slots = toKey(baseKey, "baseKey");
        const typeIdentifier = toIdentifier(derivedKeyType);
        const mayLeave = !!extractable;
        const usages = toUsages(keyUsages, "keyUsages");
        const { definition, params } = normalize("deriveBits", identifier);
        const derivedType = normalize("importKey", typeIdentifier);
        const lengthOf = normalize("getKeyLength", typeIdentifier);
        checkKey(definition, slots, "deriveKey");
        const bits = lengthOf.definition.getKeyLength(lengthOf.params);
        return derive(definition, params, slots, bits, true, (handle) =>
          importKey(HELD, handle, derivedType, mayLeave, usages));
      });
    }

    wrapKey(format, key, wrappingKey, wrapAlgorithm) {
      const given = arguments.length;
      return promised(() => {
        this.#brand;
        requireArguments(given, 4, "SubtleCrypto.wrapKey");
        return wrapKey(
          toFormat(format), toKey(key, "key"), toKey(wrappingKey, "wrappingKey"),
          toIdentifier(wrapAlgorithm),
        );
      });
    }

    unwrapKey(
      format, wrappedKey, unwrappingKey, unwrapAlgorithm, unwrappedKeyAlgorithm, extractable,
      keyUsages,
    ) {
      const given = arguments.length;
      return promised(() => {
        this.#brand;
        requireArguments(given, 7, "SubtleCrypto.unwrapKey");
        return unwrapKey(
          toFormat(format), toBufferSource(wrappedKey, "wrappedKey"),
          toKey(unwrappingKey, "unwrappingKey"), toIdentifier(unwrapAlgorithm),
          toIdentifier(unwrappedKeyAlgorithm), !!extractable, toUsages(keyUsages, "keyUsages"),
        );
      });
    }

    // workerd's: whether both are the same, in a time that does not depend on what is in them.
    timingSafeEqual(a, b) {
      this.#brand;
      requireArguments(arguments.length, 2, "SubtleCrypto.timingSafeEqual");
      const left = bytesOf(toBufferSource(a, "a"));
      const right = bytesOf(toBufferSource(b, "b"));
      if (TypedArrayPrototypeGetLength(left) !== TypedArrayPrototypeGetLength(right)) {
        throw new TypeError("Input buffers must have the same byte length.");
      }
      return cryptoEqual(left, right);
    }
  }

  defineInterface(SubtleCrypto);
  internals.subtle = new SubtleCrypto(constructToken);
})
