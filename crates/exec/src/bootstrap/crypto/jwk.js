// JsonWebKey: the dictionary, and what every algorithm checks of it.
(function (internals) {
  "use strict";
  const {
    JSONParse, JSONStringify, ObjectDefineProperty, ObjectSetPrototypeOf, Set, SetPrototypeAdd,
    SetPrototypeGetSize, TypeError,
  } = internals.primordials;
  const { DOMException } = internals;
  const { eachItem, isObject, lookUp, toDOMString } = internals.webidl;
  const { listOfUsages, usage } = internals.cryptoKey;
  const { decode, encodeUtf8 } = internals.host;

  const TEXTS_BEFORE_EXT = ["alg", "crv", "d", "dp", "dq", "e"];
  const TEXTS_AFTER_OTH = ["p", "q", "qi", "use", "x", "y"];

  const invalid = (message) => new DOMException(message, "DataError");

  // The usages that are named in a list, and how many names there are.
  function operationsIn(value) {
    const operations = { __proto__: null, bits: 0, count: 0, distinct: 0 };
    const names = new Set();
    eachItem(value, (item) => {
      const name = toDOMString(item);
      operations.bits |= lookUp(usage, name) ?? 0;
      operations.count++;
      SetPrototypeAdd(names, name);
    }, "key_ops");
    operations.distinct = SetPrototypeGetSize(names);
    return operations;
  }

  // Whether it is there, as a list of objects. Keys of more than two primes are supported by nobody.
  function othersIn(value) {
    eachItem(value, (item) => {
      if (item !== undefined && item !== null && !isObject(item)) {
        throw new TypeError("The members of oth must be objects");
      }
    }, "oth");
    return true;
  }

  // The members are read in the order of the alphabet.
  function toJwk(value) {
    if (value !== undefined && value !== null && !isObject(value)) {
      throw new TypeError("A JSON Web Key must be an object");
    }
    const given = value ?? { __proto__: null };
    const jwk = { __proto__: null };
    const text = (member) => {
      const found = given[member];
      jwk[member] = found === undefined ? undefined : toDOMString(found);
    };
    for (let i = 0; i < TEXTS_BEFORE_EXT.length; i++) {
      text(TEXTS_BEFORE_EXT[i]);
    }
    const { ext } = given;
    jwk.ext = ext === undefined ? undefined : !!ext;
    text("k");
    const { key_ops: operations } = given;
    jwk.operations = operations === undefined ? undefined : operationsIn(operations);
    text("kty");
    text("n");
    const { oth } = given;
    jwk.hasOthers = oth !== undefined && othersIn(oth);
    for (let i = 0; i < TEXTS_AFTER_OTH.length; i++) {
      text(TEXTS_AFTER_OTH[i]);
    }
    return jwk;
  }

  // What is common to all algorithms. `use` is what the member may be.
  function checkUse(jwk, usages, use, extractable) {
    if (usages !== 0 && jwk.use !== undefined && jwk.use !== use) {
      throw invalid(`The member "use" of the JSON Web Key is not "${use}"`);
    }
    const { operations } = jwk;
    if (operations !== undefined) {
      if (operations.distinct !== operations.count) {
        throw invalid('The member "key_ops" of the JSON Web Key has an operation twice');
      }
      if ((operations.bits & usages) !== usages) {
        throw invalid('The member "key_ops" of the JSON Web Key does not have all usages');
      }
    }
    if (jwk.ext === false && extractable) {
      throw invalid('The member "ext" of the JSON Web Key does not allow to extract it');
    }
  }

  function checkType(jwk, kty) {
    if (jwk.kty !== kty) {
      throw invalid(`The member "kty" of the JSON Web Key is not "${kty}"`);
    }
  }

  function checkAlg(jwk, alg) {
    if (jwk.alg !== undefined && jwk.alg !== alg) {
      throw invalid(`The member "alg" of the JSON Web Key is not "${alg}"`);
    }
  }

  // A key that was encrypted as JSON.
  function fromJson(bytes) {
    let value;
    try {
      value = JSONParse(decode("utf-8", bytes, false, false));
      if (isObject(value)) {
        // Without members of the guest's.
        ObjectSetPrototypeOf(value, null);
      }
      value = toJwk(value);
    } catch {
      throw invalid("The unwrapped key is not a JSON Web Key");
    }
    if (value.kty === undefined) {
      throw invalid("The unwrapped JSON Web Key has no kty");
    }
    return value;
  }

  // The members of a key that is exported.
  function exported(kty, slots, members) {
    members.kty = kty;
    members.key_ops = listOfUsages(slots.usages);
    members.ext = slots.extractable;
    return members;
  }

  const MEMBERS = [
    "alg", "crv", "d", "dp", "dq", "e", "ext", "k", "key_ops", "kty", "n", "p", "q", "qi", "x", "y",
  ];

  // They as an object for the guest.
  function toObject(members) {
    const object = {};
    for (let i = 0; i < MEMBERS.length; i++) {
      const value = members[MEMBERS[i]];
      if (value !== undefined) {
        ObjectDefineProperty(object, MEMBERS[i], {
          __proto__: null, configurable: true, enumerable: true, value, writable: true,
        });
      }
    }
    return object;
  }

  // The JSON of an exported key, which has texts, booleans and a list of texts. Written out: no
  // toJSON of the guest's is called.
  function toJson(jwk) {
    let json = "";
    for (let i = 0; i < MEMBERS.length; i++) {
      const member = MEMBERS[i];
      const value = jwk[member];
      if (value === undefined) {
        continue;
      }
      let text;
      if (member === "key_ops") {
        text = "";
        for (let j = 0; j < value.length; j++) {
          text += `${j === 0 ? "" : ","}"${value[j]}"`;
        }
        text = `[${text}]`;
      } else {
        text = typeof value === "boolean" ? `${value}` : JSONStringify(value);
      }
      json += `${json === "" ? "" : ","}"${member}":${text}`;
    }
    return encodeUtf8(`{${json}}`);
  }

  internals.jwk = {
    __proto__: null, checkAlg, checkType, checkUse, exported, fromJson, invalid, toJson, toJwk,
    toObject,
  };
})
