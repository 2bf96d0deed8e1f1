// Algorithm normalisation, and the dictionaries that it converts to.
(function (internals) {
  "use strict";
  const { MathTrunc, TypeError } = internals.primordials;
  const { DOMException } = internals;
  const { isObject, toDOMString } = internals.webidl;
  const { lookUp } = internals.cryptoRegistry;

  // AlgorithmIdentifier, an (object or DOMString), as an argument.
  const toIdentifier = (value) => (isObject(value) ? value : toDOMString(value));

  // HashAlgorithmIdentifier as the index of a hash function. The dictionary it is in has been
  // converted as a whole by then.
  const toHash = (identifier) => normalize("digest", identifier).definition.hash;

  // The member `name` of every Algorithm dictionary.
  function nameIn(identifier) {
    const { name } = identifier;
    if (name === undefined) {
      throw new TypeError("The algorithm has no name");
    }
    return toDOMString(name);
  }

  // The definition of an algorithm that is registered for `operation`, and its
  // parameters.
  function normalize(operation, identifier) {
    const isName = typeof identifier === "string";
    const name = isName ? identifier : nameIn(identifier);
    const definition = lookUp(operation, name);
    if (definition === undefined) {
      throw new DOMException(
        `There is no algorithm "${name}" for ${operation}`, "NotSupportedError",
      );
    }
    // A dictionary that is made from a name alone has no other members. The name
    // of an object is not read again for the dictionary of the operation.
    const given = isName ? { __proto__: null } : identifier;
    return {
      __proto__: null, definition, params: definition.operations[operation](given),
    };
  }

  function required(dictionary, member) {
    const value = dictionary[member];
    if (value === undefined) {
      throw new TypeError(`The algorithm has no member "${member}"`);
    }
    return value;
  }

  // [EnforceRange] of an integer type with the values 0 to `most`.
  function toInteger(value, most, member) {
    const number = +value;
    // NaN and the infinities are in no range.
    if (!(number > -1 && number < most + 1)) {
      throw new TypeError(`The member "${member}" of the algorithm is not in the range 0 to ${most}`);
    }
    return MathTrunc(number) + 0;
  }

  const toUnsignedLong = (value, member) => toInteger(value, 0xffff_ffff, member);
  const toUnsignedShort = (value, member) => toInteger(value, 0xffff, member);
  const toOctet = (value, member) => toInteger(value, 0xff, member);

  // Operations without parameters.
  const none = () => null;

  internals.cryptoNormalize = {
    __proto__: null, none, normalize, required, toHash, toIdentifier, toOctet, toUnsignedLong,
    toUnsignedShort,
  };
})
