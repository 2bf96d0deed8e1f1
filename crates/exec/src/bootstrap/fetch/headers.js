// Headers. The list is flat, [name, value, name, value...], names in lower case.
(function (internals) {
  "use strict";
  const {
    ArrayPrototypePush, ArrayPrototypeSort, StringPrototypeCharCodeAt, StringPrototypeIndexOf,
    StringPrototypeSlice, StringPrototypeToLowerCase, SymbolIterator, TypeError,
  } = internals.primordials;
  const { add: addPlatformClass } = internals.platformClasses;
  const {
    constructToken, defineInterface, definePairIterable, eachPair, isObject, requireArguments,
    toByteString,
  } = internals.webidl;

  const SET_COOKIE = "set-cookie";

  // The code points of a token of RFC 9110.
  function isTokenCode(code) {
    if ((code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57)) {
      return true;
    }
    switch (code) {
      case 33: // !
      case 35: // #
      case 36: // $
      case 37: // %
      case 38: // &
      case 39: // '
      case 42: // *
      case 43: // +
      case 45: // -
      case 46: // .
      case 94: // ^
      case 95: // _
      case 96: // `
      case 124: // |
      case 126: // ~
        return true;
      default:
        return false;
    }
  }

  function isToken(string) {
    for (let i = 0; i < string.length; i++) {
      if (!isTokenCode(StringPrototypeCharCodeAt(string, i))) {
        return false;
      }
    }
    return string.length !== 0;
  }

  // A valid header name in lower case.
  function toName(value) {
    const name = toByteString(value);
    if (!isToken(name)) {
      throw new TypeError(`Invalid header name: "${name}"`);
    }
    return StringPrototypeToLowerCase(name);
  }

  const isSpace = (code) => code === 32 || code === 9 || code === 10 || code === 13;

  // A header value without white space around it.
  function toValue(value) {
    let string = toByteString(value);
    let start = 0;
    let end = string.length;
    while (start < end && isSpace(StringPrototypeCharCodeAt(string, start))) {
      start++;
    }
    while (end > start && isSpace(StringPrototypeCharCodeAt(string, end - 1))) {
      end--;
    }
    string = StringPrototypeSlice(string, start, end);
    for (let i = 0; i < string.length; i++) {
      const code = StringPrototypeCharCodeAt(string, i);
      if (code === 0 || code === 10 || code === 13) {
        throw new TypeError("Invalid header value: it contains a NUL, CR or LF character");
      }
    }
    return string;
  }

  // The combined value of a name, null if there is none.
  function find(list, name) {
    let result = null;
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === name) {
        result = result === null ? list[i + 1] : `${result}, ${list[i + 1]}`;
      }
    }
    return result;
  }

  function without(list, name) {
    const result = [];
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] !== name) {
        ArrayPrototypePush(result, list[i], list[i + 1]);
      }
    }
    return result;
  }

  const byName = (a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0);

  // Pairs sorted by name and combined, except for Set-Cookie.
  function sortAndCombine(list) {
    const pairs = [];
    for (let i = 0; i < list.length; i += 2) {
      ArrayPrototypePush(pairs, [list[i], list[i + 1]]);
    }
    ArrayPrototypeSort(pairs, byName);
    const combined = [];
    let last = null;
    for (let i = 0; i < pairs.length; i++) {
      const pair = pairs[i];
      if (last !== null && last[0] === pair[0] && pair[0] !== SET_COOKIE) {
        last[1] = `${last[1]}, ${pair[1]}`;
      } else {
        ArrayPrototypePush(combined, pair);
        last = pair;
      }
    }
    return combined;
  }

  let append;
  let codedListOf;
  let copy;
  let isHeaders;
  let listOf;
  let makeImmutable;
  let pairsOf;
  // The iterator that Headers have of themselves.
  let iterate;

  class Headers {
    #list = [];
    #immutable = false;
    // Content-Encoding and Content-Length are those of an answer that was decoded by whoever read it.
    #coded = false;
    // Cache of sortAndCombine, null after a change.
    #sorted = null;

    constructor(init = undefined, token = undefined, coded = false) {
      if (token === constructToken) {
        this.#list = init;
        this.#coded = coded;
      } else if (init !== undefined) {
        this.#fill(init);
      }
    }

    #fill(init) {
      if (!isObject(init)) {
        throw new TypeError("Headers constructor: the argument is not an object");
      }
      // As they are, unless they have an iterator of the guest's.
      if (isHeaders(init) && init[SymbolIterator] === iterate) {
        this.#list = without(init.#list, null);
        this.#coded = init.#coded;
        return;
      }
      const add = (name, value) => append(this, name, value);
      eachPair(init, toByteString, add, add, "Headers constructor: the argument");
    }

    #beforeChange(name) {
      if (this.#immutable) {
        throw new TypeError("These headers are immutable");
      }
      if (name === "content-encoding") {
        this.#coded = false;
      }
      this.#sorted = null;
    }

    append(name, value) {
      this.#list;
      requireArguments(arguments.length, 2, "Headers.append");
      append(this, name, value);
    }

    delete(name) {
      this.#list;
      requireArguments(arguments.length, 1, "Headers.delete");
      name = toName(name);
      this.#beforeChange(name);
      this.#list = without(this.#list, name);
    }

    get(name) {
      const list = this.#list;
      requireArguments(arguments.length, 1, "Headers.get");
      return find(list, toName(name));
    }

    getSetCookie() {
      const list = this.#list;
      const cookies = [];
      for (let i = 0; i < list.length; i += 2) {
        if (list[i] === SET_COOKIE) {
          ArrayPrototypePush(cookies, list[i + 1]);
        }
      }
      return cookies;
    }

    has(name) {
      const list = this.#list;
      requireArguments(arguments.length, 1, "Headers.has");
      return find(list, toName(name)) !== null;
    }

    set(name, value) {
      this.#list;
      requireArguments(arguments.length, 2, "Headers.set");
      name = toName(name);
      value = toValue(value);
      this.#beforeChange(name);
      const result = [];
      let found = false;
      for (let i = 0; i < this.#list.length; i += 2) {
        if (this.#list[i] !== name) {
          ArrayPrototypePush(result, this.#list[i], this.#list[i + 1]);
        } else if (!found) {
          found = true;
          ArrayPrototypePush(result, name, value);
        }
      }
      if (!found) {
        ArrayPrototypePush(result, name, value);
      }
      this.#list = result;
    }

    static {
      isHeaders = (value) => typeof value === "object" && value !== null && #list in value;
      listOf = (headers) => headers.#list;
      codedListOf = (headers, isCoded) =>
        isCoded || !headers.#coded
          ? headers.#list
          : without(without(headers.#list, "content-encoding"), "content-length");
      makeImmutable = (headers) => {
        headers.#immutable = true;
      };
      append = (headers, name, value) => {
        name = toName(name);
        value = toValue(value);
        headers.#beforeChange(name);
        ArrayPrototypePush(headers.#list, name, value);
      };
      copy = (headers, keepGuard) => {
        const result = new Headers(without(headers.#list, null), constructToken);
        result.#immutable = keepGuard && headers.#immutable;
        result.#coded = headers.#coded;
        return result;
      };
      pairsOf = (headers) => {
        headers.#sorted ??= sortAndCombine(headers.#list);
        return headers.#sorted;
      };
    }
  }

  definePairIterable(Headers, pairsOf);
  iterate = Headers.prototype[SymbolIterator];
  defineInterface(Headers);

  addPlatformClass(isHeaders, "Headers", (headers) => internals.inspect.fieldsOfPairs(pairsOf(headers)));

  // Headers of the text the host gave: names in lower case and values, each with
  // a line feed after it.
  function fromHost(text, coded = false) {
    const list = [];
    let start = 0;
    while (start < text.length) {
      const end = StringPrototypeIndexOf(text, "\n", start);
      ArrayPrototypePush(list, StringPrototypeSlice(text, start, end));
      start = end + 1;
    }
    return new Headers(list, constructToken, coded);
  }

  internals.headers = {
    __proto__: null,
    fromHost,
    // Adds a Content-Type unless there is one.
    addContentType: (headers, type) => {
      if (find(listOf(headers), "content-type") === null) {
        append(headers, "content-type", type);
      }
    },
    // The list, for a body that has the codings which the headers tell of, or not.
    codedListOf,
    create: (init) => new Headers(init),
    copy,
    // All fields of this name, which is in lower case; null without one.
    find: (headers, name) => find(listOf(headers), name),
    isToken,
    listOf,
    makeImmutable,
    toValue,
    // The list, or a copy with this field if there is none of the name.
    withField: (list, name, value) => {
      if (find(list, name) !== null) {
        return list;
      }
      const copied = without(list, null);
      ArrayPrototypePush(copied, name, value);
      return copied;
    },
  };
})
