// URLPattern. The host makes regular expressions of the components; matching is
// done by those, on the guest's CPU time.
(function (internals) {
  "use strict";
  const {
    ObjectDefineProperty, RegExp, RegExpPrototypeExec, TypeError,
  } = internals.primordials;
  const { append, defineInterface, isObject, toDictionary, toUSVString } = internals.webidl;
  const { urlPatternInput, urlPatternParse, urlPatternText } = internals.host;

  // In the order in which the host has them.
  const COMPONENTS = [
    "protocol", "username", "password", "hostname", "port", "pathname", "search", "hash",
  ];
  // The members of the dictionary URLPatternInit, in the order of Web IDL.
  const MEMBERS = [
    "baseURL", "hash", "hostname", "password", "pathname", "port", "protocol", "search", "username",
  ];

  class Component {
    pattern;
    regexp;
    names;

    constructor(pattern, source, names, flags) {
      this.pattern = pattern;
      this.names = names;
      try {
        this.regexp = new RegExp(source, flags);
      } catch {
        throw new TypeError(`URLPattern constructor: "${pattern}" has an invalid regular expression`);
      }
    }
  }

  function define(object, key, value) {
    ObjectDefineProperty(object, key, {
      __proto__: null, configurable: true, enumerable: true, value, writable: true,
    });
  }

  // The dictionary as an array of its members.
  function toInit(value, what) {
    const dictionary = toDictionary(value, what);
    const members = [];
    for (let i = 0; i < MEMBERS.length; i++) {
      const member = dictionary[MEMBERS[i]];
      append(members, member === undefined ? undefined : toUSVString(member));
    }
    return members;
  }

  // (USVString or URLPatternInit): a string or an array.
  const toInput = (value, what) =>
    value === undefined || isObject(value) || value === null ? toInit(value, what) : toUSVString(value);

  // As the result of a match has it.
  function showInput(input) {
    if (typeof input === "string") {
      return input;
    }
    const shown = {};
    for (let i = 0; i < MEMBERS.length; i++) {
      if (input[i] !== undefined) {
        define(shown, MEMBERS[i], input[i]);
      }
    }
    return shown;
  }

  let componentsOf;
  let isPattern;

  class URLPattern {
    // Record of Components by their names.
    #components = { __proto__: null };
    #hasRegExpGroups;

    constructor(input = undefined, baseURL = undefined, options = undefined) {
      const what = "URLPattern constructor";
      let base;
      let given = options;
      if (arguments.length > 2) {
        base = toUSVString(baseURL);
      } else if (baseURL === undefined || baseURL === null || isObject(baseURL)) {
        given = baseURL;
      } else {
        base = toUSVString(baseURL);
      }
      const pattern = toInput(input, `${what}: the input`);
      const ignoreCase = !!toDictionary(given, `${what}: the options`).ignoreCase;
      if (base !== undefined && typeof pattern !== "string") {
        throw new TypeError(`${what}: a dictionary has its base URL in itself`);
      }
      const parts = urlPatternParse(pattern, base, ignoreCase);
      for (let i = 0; i < COMPONENTS.length; i++) {
        // The case of what comes before the path does not matter in URLs.
        const flags = ignoreCase && i >= 5 ? "vi" : "v";
        this.#components[COMPONENTS[i]] =
          new Component(parts[3 * i], parts[3 * i + 1], parts[3 * i + 2], flags);
      }
      this.#hasRegExpGroups = parts[3 * COMPONENTS.length];
    }

    get protocol() {
      return this.#components.protocol.pattern;
    }

    get username() {
      return this.#components.username.pattern;
    }

    get password() {
      return this.#components.password.pattern;
    }

    get hostname() {
      return this.#components.hostname.pattern;
    }

    get port() {
      return this.#components.port.pattern;
    }

    get pathname() {
      return this.#components.pathname.pattern;
    }

    get search() {
      return this.#components.search.pattern;
    }

    get hash() {
      return this.#components.hash.pattern;
    }

    get hasRegExpGroups() {
      return this.#hasRegExpGroups;
    }

    test(input = undefined, baseURL = undefined) {
      const components = this.#components;
      return match(components, toMatch(input, baseURL, "URLPattern.test")) !== null;
    }

    exec(input = undefined, baseURL = undefined) {
      const components = this.#components;
      const given = toMatch(input, baseURL, "URLPattern.exec");
      const matches = match(components, given);
      return matches === null ? null : resultOf(components, given, matches);
    }

    static {
      isPattern = (value) => typeof value === "object" && value !== null && #components in value;
      componentsOf = (pattern) => pattern.#components;
    }
  }

  // The arguments of a match.
  function toMatch(input, baseURL, what) {
    const text = toInput(input, `${what}: the input`);
    const base = baseURL === undefined ? undefined : toUSVString(baseURL);
    if (base !== undefined && typeof text !== "string") {
      throw new TypeError(`${what}: a dictionary has its base URL in itself`);
    }
    return { text, base };
  }

  // What the components are matched with, and the results of their regular
  // expressions; null if they do not all match.
  function match(components, { text, base }) {
    const values = typeof text === "string" ? urlPatternText(text, base) : urlPatternInput(text);
    if (values === null) {
      return null;
    }
    const groups = [];
    for (let i = 0; i < COMPONENTS.length; i++) {
      const result = RegExpPrototypeExec(components[COMPONENTS[i]].regexp, values[i]);
      if (result === null) {
        return null;
      }
      append(groups, result);
    }
    return { groups, values };
  }

  function resultOf(components, { text, base }, { groups, values }) {
    const inputs = [showInput(text)];
    if (base !== undefined) {
      append(inputs, base);
    }
    const result = {};
    define(result, "inputs", inputs);
    for (let i = 0; i < COMPONENTS.length; i++) {
      const { names } = components[COMPONENTS[i]];
      const named = {};
      for (let j = 0; j < names.length; j++) {
        define(named, names[j], groups[i][j + 1]);
      }
      const component = {};
      define(component, "input", values[i]);
      define(component, "groups", named);
      define(result, COMPONENTS[i], component);
    }
    return result;
  }

  defineInterface(URLPattern);
  internals.platformClasses.add(isPattern, "URLPattern", (pattern) => {
    const components = componentsOf(pattern);
    const shown = {};
    for (let i = 0; i < COMPONENTS.length; i++) {
      define(shown, COMPONENTS[i], components[COMPONENTS[i]].pattern);
    }
    return shown;
  });
})
