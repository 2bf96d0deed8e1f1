// URL. The parser is the host's; a URL keeps the parts it returned. One that is as
// the parser would make it, as that of a request is, keeps its text and where the
// parts of that end, until it is changed.
(function (internals) {
  "use strict";
  const {
    MathFloor, ObjectDefineProperty, StringPrototypeCharCodeAt, StringPrototypeSlice, TypeError,
  } = internals.primordials;
  const {
    constructToken, defineInterface, descriptorOf, requireArguments, toDOMString, toUSVString,
  } = internals.webidl;
  const { forUrl, replaceQuery } = internals.urlSearchParams;
  const { urlEnds, urlParse, urlSet } = internals.host;

  // Order of the array the host returns.
  const PARTS = [
    "href", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search",
    "hash", "origin",
  ];
  const HREF = 0;
  const PROTOCOL = 1;
  const USERNAME = 2;
  const PASSWORD = 3;
  const HOST = 4;
  const HOSTNAME = 5;
  const PORT = 6;
  const PATHNAME = 7;
  const SEARCH = 8;
  const HASH = 9;
  const ORIGIN = 10;

  const COLON = 58;
  // The host packs four ends into a number, 13 bits each.
  const BITS = 13;
  const MASK = 8191;
  const HALF = 67108864;

  // A part of a canonical URL.
  function cut(href, ends, index) {
    const high = MathFloor(ends / HALF);
    const low = ends - high * HALF;
    const hostnameEnd = high >> BITS;
    const hostEnd = high & MASK;
    const pathEnd = low >> BITS;
    const searchEnd = low & MASK;
    const hostStart = StringPrototypeCharCodeAt(href, 4) === COLON ? 7 : 8;
    switch (index) {
      case HREF:
        return href;
      case PROTOCOL:
        return StringPrototypeSlice(href, 0, hostStart - 2);
      case HOST:
        return StringPrototypeSlice(href, hostStart, hostEnd);
      case HOSTNAME:
        return StringPrototypeSlice(href, hostStart, hostnameEnd);
      case PORT:
        return hostnameEnd === hostEnd ? "" : StringPrototypeSlice(href, hostnameEnd + 1, hostEnd);
      case PATHNAME:
        return StringPrototypeSlice(href, hostEnd, pathEnd);
      // A mark alone is nothing.
      case SEARCH:
        return searchEnd - pathEnd < 2 ? "" : StringPrototypeSlice(href, pathEnd, searchEnd);
      case HASH:
        return href.length - searchEnd < 2 ? "" : StringPrototypeSlice(href, searchEnd);
      case ORIGIN:
        return StringPrototypeSlice(href, 0, hostEnd);
      // Username and password.
      default:
        return "";
    }
  }

  const withoutMark = (search) => (search === "" ? "" : StringPrototypeSlice(search, 1));

  // The parts, or the ends of those of a canonical URL, or null.
  function parse(href, base) {
    if (base !== undefined) {
      return urlParse(href, toUSVString(base));
    }
    const ends = urlEnds(href);
    return ends === 0 ? urlParse(href, undefined) : ends;
  }

  let isURL;
  let partOf;
  let setPart;

  class URL {
    // The text, and the ends of its parts, if there is no array of them.
    #href = "";
    #ends = 0;
    #parts = null;
    #searchParams = null;

    constructor(url, base = undefined, token = undefined) {
      requireArguments(arguments.length, 1, "URL constructor");
      const href = toUSVString(url);
      // With the token, `base` is what `parse` returned.
      const parsed = token === constructToken ? base : parse(href, base);
      if (parsed === null) {
        throw new TypeError(`Invalid URL: ${href}`);
      }
      if (typeof parsed === "number") {
        this.#href = href;
        this.#ends = parsed;
      } else {
        this.#parts = parsed;
      }
    }

    static canParse(url, base = undefined) {
      requireArguments(arguments.length, 1, "URL.canParse");
      return parse(toUSVString(url), base) !== null;
    }

    static createObjectURL(blob) {
      requireArguments(arguments.length, 1, "URL.createObjectURL");
      return internals.objectUrls.create(blob);
    }

    static revokeObjectURL(url) {
      requireArguments(arguments.length, 1, "URL.revokeObjectURL");
      internals.objectUrls.revoke(toDOMString(url));
    }

    static parse(url, base = undefined) {
      requireArguments(arguments.length, 1, "URL.parse");
      const href = toUSVString(url);
      const parsed = parse(href, base);
      return parsed === null ? null : new URL(href, parsed, constructToken);
    }

    get searchParams() {
      this.#searchParams ??= forUrl(withoutMark(partOf(this, SEARCH)), (query) => {
        this.#parts = urlSet(partOf(this, HREF), "search", query);
      });
      return this.#searchParams;
    }

    toString() {
      return partOf(this, HREF);
    }

    toJSON() {
      return partOf(this, HREF);
    }

    static {
      isURL = (value) => typeof value === "object" && value !== null && #parts in value;
      partOf = (url, index) => {
        const parts = url.#parts;
        return parts === null ? cut(url.#href, url.#ends, index) : parts[index];
      };
      setPart = (url, index, value) => {
        const parts = urlSet(partOf(url, HREF), PARTS[index], value);
        if (parts === null) {
          throw new TypeError(`Invalid URL: ${value}`);
        }
        url.#parts = parts;
        if (url.#searchParams !== null && (index === HREF || index === SEARCH)) {
          replaceQuery(url.#searchParams, withoutMark(parts[SEARCH]));
        }
      };
    }
  }

  for (let index = 0; index < PARTS.length; index++) {
    const name = PARTS[index];
    const accessors = {
      get [name]() {
        return partOf(this, index);
      },
      set [name](value) {
        partOf(this, index);
        setPart(this, index, toUSVString(value));
      },
    };
    const descriptor = descriptorOf(accessors, name);
    if (name === "origin") {
      descriptor.set = undefined;
    }
    ObjectDefineProperty(URL.prototype, name, descriptor);
  }
  defineInterface(URL);
  internals.platformClasses.add(isURL, "URL", (url) => {
    const fields = { __proto__: null };
    for (let i = 0; i < PARTS.length; i++) {
      fields[PARTS[i]] = partOf(url, i);
    }
    return fields;
  });

  internals.urlParts = { __proto__: null, HREF, PASSWORD, USERNAME };
})
