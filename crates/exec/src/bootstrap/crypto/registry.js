// The algorithms that there are: which operations each is registered for, and
// with which dictionary of parameters.
(function (internals) {
  "use strict";
  const { StringPrototypeCharCodeAt, StringPrototypeToUpperCase } = internals.primordials;

  // In the order of the host's. HMAC and what is made of it takes the first four.
  const HASHES = ["SHA-1", "SHA-256", "SHA-384", "SHA-512", "SHA3-256", "SHA3-384", "SHA3-512"];

  // By their names in upper case. `operations` has a converter of parameters for
  // each operation, by the name that the standard has for it.
  const algorithms = { __proto__: null };

  function register(definition) {
    algorithms[StringPrototypeToUpperCase(definition.name)] = definition;
  }

  for (let hash = 0; hash < HASHES.length; hash++) {
    const name = HASHES[hash];
    register({ __proto__: null, name, hash, operations: { __proto__: null, digest: () => null } });
  }

  function isAscii(text) {
    for (let i = 0; i < text.length; i++) {
      if (StringPrototypeCharCodeAt(text, i) > 127) {
        return false;
      }
    }
    return true;
  }

  // The algorithm of this name, without regard to the case of ASCII letters; undefined if there
  // is none, or not for this operation.
  function lookUp(operation, name) {
    // What is longer is no name.
    if (name.length > 100) {
      return undefined;
    }
    const definition = algorithms[name] ??
      (isAscii(name) ? algorithms[StringPrototypeToUpperCase(name)] : undefined);
    return definition?.operations[operation] === undefined ? undefined : definition;
  }

  internals.cryptoRegistry = { __proto__: null, HASHES, lookUp, register };
})
