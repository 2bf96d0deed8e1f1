// URLSearchParams and the application/x-www-form-urlencoded format.
(function (internals) {
  "use strict";
  const {
    ArrayPrototypePush, ArrayPrototypeSort, Map, MapPrototypeGet, MapPrototypeSet,
    StringFromCharCode, StringPrototypeCharCodeAt, StringPrototypeIncludes, StringPrototypeSlice,
    StringPrototypeStartsWith, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetLength, Uint8Array,
  } = internals.primordials;
  const { add: addPlatformClass } = internals.platformClasses;
  const {
    constructToken, defineInterface, definePairIterable, eachPair, isObject, requireArguments,
    toUSVString,
  } = internals.webidl;
  const { decodeAll, encode } = internals.encoding;

  const PERCENT = 37;
  const AMPERSAND = 38;
  const PLUS = 43;
  const EQUALS = 61;

  function hexDigit(code) {
    if (code >= 48 && code <= 57) {
      return code - 48;
    }
    const lower = code | 32;
    return lower >= 97 && lower <= 102 ? lower - 87 : -1;
  }

  // Percent-decodes, with + for a space.
  function decodePart(part) {
    if (!StringPrototypeIncludes(part, "%") && !StringPrototypeIncludes(part, "+")) {
      return part;
    }
    const bytes = encode(part);
    const length = TypedArrayPrototypeGetLength(bytes);
    let size = 0;
    for (let i = 0; i < length; i++) {
      let byte = bytes[i];
      if (byte === PLUS) {
        byte = 32;
      } else if (byte === PERCENT && i + 2 < length) {
        const high = hexDigit(bytes[i + 1]);
        const low = hexDigit(bytes[i + 2]);
        if (high !== -1 && low !== -1) {
          byte = high * 16 + low;
          i += 2;
        }
      }
      bytes[size++] = byte;
    }
    const decoded = new Uint8Array(TypedArrayPrototypeGetBuffer(bytes), 0, size);
    return decodeAll("utf-8", decoded, false, true);
  }

  // The list of [name, value] of a query without its "?".
  function parse(query) {
    const pairs = [];
    let start = 0;
    let equals = -1;
    for (let i = 0; i <= query.length; i++) {
      const code = i < query.length ? StringPrototypeCharCodeAt(query, i) : AMPERSAND;
      if (code === EQUALS && equals === -1) {
        equals = i;
      } else if (code === AMPERSAND) {
        if (i > start) {
          const nameEnd = equals === -1 ? i : equals;
          const valueStart = equals === -1 ? i : equals + 1;
          ArrayPrototypePush(pairs, [
            decodePart(StringPrototypeSlice(query, start, nameEnd)),
            decodePart(StringPrototypeSlice(query, valueStart, i)),
          ]);
        }
        start = i + 1;
        equals = -1;
      }
    }
    return pairs;
  }

  // Letters, digits, *, -, . and _ stand for themselves.
  function isUnreserved(code) {
    return (
      (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) ||
      code === 42 || code === 45 || code === 46 || code === 95
    );
  }

  const HEX = "0123456789ABCDEF";

  function encodePart(part) {
    let safe = 0;
    while (safe < part.length && isUnreserved(StringPrototypeCharCodeAt(part, safe))) {
      safe++;
    }
    if (safe === part.length) {
      return part;
    }
    const bytes = encode(part);
    const length = TypedArrayPrototypeGetLength(bytes);
    let result = "";
    for (let i = 0; i < length; i++) {
      const byte = bytes[i];
      if (isUnreserved(byte)) {
        result += StringFromCharCode(byte);
      } else {
        result += byte === 32 ? "+" : `%${HEX[byte >> 4]}${HEX[byte & 15]}`;
      }
    }
    return result;
  }

  function serialize(pairs) {
    let result = "";
    for (let i = 0; i < pairs.length; i++) {
      result += `${i === 0 ? "" : "&"}${encodePart(pairs[i][0])}=${encodePart(pairs[i][1])}`;
    }
    return result;
  }

  // Replaces the value of the first pair of this name and drops the others.
  function setPair(pairs, name, value) {
    const result = [];
    let found = false;
    for (let i = 0; i < pairs.length; i++) {
      if (pairs[i][0] !== name) {
        ArrayPrototypePush(result, pairs[i]);
      } else if (!found) {
        found = true;
        ArrayPrototypePush(result, [name, value]);
      }
    }
    if (!found) {
      ArrayPrototypePush(result, [name, value]);
    }
    return result;
  }

  let pairsOf;
  let isParams;
  let replaceQuery;

  class URLSearchParams {
    #pairs = [];
    // Function that gives the new query to the URL this belongs to.
    #update = null;

    constructor(init = "", update = undefined, token = undefined) {
      if (token === constructToken) {
        this.#update = update;
        this.#pairs = parse(init);
      } else if (isObject(init)) {
        const pairs = this.#pairs;
        // Names of fields that are different may become the same. Map of name to
        // pair.
        let fields = null;
        eachPair(init, toUSVString, (name, value) => {
          ArrayPrototypePush(pairs, [name, value]);
        }, (name, value) => {
          fields ??= new Map();
          const known = MapPrototypeGet(fields, name);
          if (known !== undefined) {
            known[1] = value;
            return;
          }
          const pair = [name, value];
          MapPrototypeSet(fields, name, pair);
          ArrayPrototypePush(pairs, pair);
        }, "URLSearchParams constructor: the argument");
      } else {
        const query = toUSVString(init);
        this.#pairs = parse(
          StringPrototypeStartsWith(query, "?") ? StringPrototypeSlice(query, 1) : query,
        );
      }
    }

    #changed() {
      if (this.#update !== null) {
        this.#update(serialize(this.#pairs));
      }
    }

    get size() {
      return this.#pairs.length;
    }

    append(name, value) {
      const pairs = this.#pairs;
      requireArguments(arguments.length, 2, "URLSearchParams.append");
      ArrayPrototypePush(pairs, [toUSVString(name), toUSVString(value)]);
      this.#changed();
    }

    delete(name, value = undefined) {
      const pairs = this.#pairs;
      requireArguments(arguments.length, 1, "URLSearchParams.delete");
      name = toUSVString(name);
      value = value === undefined ? value : toUSVString(value);
      const kept = [];
      for (let i = 0; i < pairs.length; i++) {
        if (pairs[i][0] !== name || (value !== undefined && pairs[i][1] !== value)) {
          ArrayPrototypePush(kept, pairs[i]);
        }
      }
      this.#pairs = kept;
      this.#changed();
    }

    get(name) {
      const pairs = this.#pairs;
      requireArguments(arguments.length, 1, "URLSearchParams.get");
      name = toUSVString(name);
      for (let i = 0; i < pairs.length; i++) {
        if (pairs[i][0] === name) {
          return pairs[i][1];
        }
      }
      return null;
    }

    getAll(name) {
      const pairs = this.#pairs;
      requireArguments(arguments.length, 1, "URLSearchParams.getAll");
      name = toUSVString(name);
      const values = [];
      for (let i = 0; i < pairs.length; i++) {
        if (pairs[i][0] === name) {
          ArrayPrototypePush(values, pairs[i][1]);
        }
      }
      return values;
    }

    has(name, value = undefined) {
      const pairs = this.#pairs;
      requireArguments(arguments.length, 1, "URLSearchParams.has");
      name = toUSVString(name);
      value = value === undefined ? value : toUSVString(value);
      for (let i = 0; i < pairs.length; i++) {
        if (pairs[i][0] === name && (value === undefined || pairs[i][1] === value)) {
          return true;
        }
      }
      return false;
    }

    set(name, value) {
      const pairs = this.#pairs;
      requireArguments(arguments.length, 2, "URLSearchParams.set");
      this.#pairs = setPair(pairs, toUSVString(name), toUSVString(value));
      this.#changed();
    }

    sort() {
      ArrayPrototypeSort(this.#pairs, (a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
      this.#changed();
    }

    toString() {
      return serialize(this.#pairs);
    }

    static {
      pairsOf = (params) => params.#pairs;
      isParams = (value) => typeof value === "object" && value !== null && #pairs in value;
      replaceQuery = (params, query) => {
        params.#pairs = parse(query);
      };
    }
  }

  definePairIterable(URLSearchParams, pairsOf);
  defineInterface(URLSearchParams);
  addPlatformClass(isParams, "URLSearchParams", (params) => internals.inspect.fieldsOfPairs(pairsOf(params)));

  internals.urlSearchParams = {
    __proto__: null,
    isParams,
    pairsOf,
    parse,
    replaceQuery,
    setPair,
    serialize: (params) => serialize(pairsOf(params)),
    forUrl: (query, update) => new URLSearchParams(query, update, constructToken),
  };
})
