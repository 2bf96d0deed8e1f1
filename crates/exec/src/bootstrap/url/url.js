// URL. The parser is the host's; a URL keeps the parts it returned.
(function (internals) {
  "use strict";
  const { ObjectDefineProperty, StringPrototypeSlice, TypeError } = internals.primordials;
  const {
    constructToken, defineInterface, descriptorOf, requireArguments, toDOMString, toUSVString,
  } = internals.webidl;
  const { forUrl, replaceQuery } = internals.urlSearchParams;
  const { urlParse, urlSet } = internals.host;

  // Order of the array the host returns.
  const PARTS = [
    "href", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search",
    "hash", "origin",
  ];
  const HREF = 0;
  const USERNAME = 2;
  const PASSWORD = 3;
  const SEARCH = 8;

  const withoutMark = (search) => (search === "" ? "" : StringPrototypeSlice(search, 1));

  function parse(url, base) {
    const href = toUSVString(url);
    return urlParse(href, base === undefined ? undefined : toUSVString(base));
  }

  let isURL;
  let partOf;
  let setPart;

  class URL {
    #parts;
    #searchParams = null;

    constructor(url, base = undefined, token = undefined) {
      requireArguments(arguments.length, 1, "URL constructor");
      // With the token, `url` is what the host returned.
      const parts = token === constructToken ? url : parse(url, base);
      if (parts === null) {
        throw new TypeError(`Invalid URL: ${toUSVString(url)}`);
      }
      this.#parts = parts;
    }

    static canParse(url, base = undefined) {
      requireArguments(arguments.length, 1, "URL.canParse");
      return parse(url, base) !== null;
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
      const parts = parse(url, base);
      return parts === null ? null : new URL(parts, undefined, constructToken);
    }

    get searchParams() {
      this.#searchParams ??= forUrl(withoutMark(this.#parts[SEARCH]), (query) => {
        this.#parts = urlSet(this.#parts[HREF], "search", query);
      });
      return this.#searchParams;
    }

    toString() {
      return this.#parts[HREF];
    }

    toJSON() {
      return this.#parts[HREF];
    }

    static {
      isURL = (value) => typeof value === "object" && value !== null && #parts in value;
      partOf = (url, index) => url.#parts[index];
      setPart = (url, index, value) => {
        const parts = urlSet(url.#parts[HREF], PARTS[index], value);
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
