// CryptoKey: what a key is for. Its material is with the host.
(function (internals) {
  "use strict";
  const { ObjectDefineProperty, TypeError } = internals.primordials;
  const { constructToken, defineInterface, eachItem, illegalConstructor, isObject, lookUp, toDOMString } =
    internals.webidl;

  // Usages are bits of a number, in the order in which they are listed.
  const USAGES = [
    "encrypt", "decrypt", "sign", "verify", "deriveKey", "deriveBits", "wrapKey", "unwrapKey",
  ];
  const usage = { __proto__: null };
  for (let index = 0; index < USAGES.length; index++) {
    usage[USAGES[index]] = 1 << index;
  }

  // sequence<KeyUsage>
  function toUsages(value, what) {
    let usages = 0;
    eachItem(value, (item) => {
      const name = toDOMString(item);
      const bit = lookUp(usage, name);
      if (bit === undefined) {
        throw new TypeError(`${what}: "${name}" is not a usage of keys`);
      }
      usages |= bit;
    }, what);
    return usages;
  }

  // An array for the guest, whose prototype may have setters.
  function listOfUsages(usages) {
    const list = [];
    for (let i = 0; i < USAGES.length; i++) {
      if ((usages & (1 << i)) !== 0) {
        ObjectDefineProperty(list, list.length, {
          __proto__: null, configurable: true, enumerable: true, value: USAGES[i], writable: true,
        });
      }
    }
    return list;
  }

  let slotsOf;
  let isCryptoKey;

  class CryptoKey {
    #slots;

    static {
      slotsOf = (key) => key.#slots;
      isCryptoKey = (value) => isObject(value) && #slots in value;
    }

    constructor(token = undefined, slots = undefined) {
      if (token !== constructToken) {
        illegalConstructor();
      }
      this.#slots = slots;
    }

    get type() {
      return this.#slots.type;
    }

    get extractable() {
      return this.#slots.extractable;
    }

    get algorithm() {
      const slots = this.#slots;
      slots.shownAlgorithm ??= slots.definition.show(slots);
      return slots.shownAlgorithm;
    }

    get usages() {
      const slots = this.#slots;
      slots.shownUsages ??= listOfUsages(slots.usages);
      return slots.shownUsages;
    }
  }

  // A key of an algorithm. `handle` is the host's number for its material,
  // `details` what the algorithm wants to know of it.
  function makeKey(definition, type, handle, details, extractable, usages) {
    return new CryptoKey(constructToken, {
      __proto__: null,
      definition,
      details,
      extractable,
      handle,
      shownAlgorithm: null,
      shownUsages: null,
      type,
      usages,
    });
  }

  // For structuredClone: another key of the same material; undefined for what is no key.
  function copy(value) {
    if (!isCryptoKey(value)) {
      return undefined;
    }
    const { definition, details, extractable, handle, type, usages } = slotsOf(value);
    return makeKey(definition, type, handle, details, extractable, usages);
  }

  // The slots of an argument CryptoKey.
  function toKey(value, what) {
    if (!isCryptoKey(value)) {
      throw new TypeError(`${what} must be a CryptoKey`);
    }
    return slotsOf(value);
  }

  defineInterface(CryptoKey);
  internals.structuredClone.addCopier(copy);
  internals.cryptoKey = {
    __proto__: null, listOfUsages, makeKey, slotsOf, toKey, toUsages, usage,
  };
})
