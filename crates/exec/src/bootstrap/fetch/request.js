// Request.
(function (internals) {
  "use strict";
  const {
    ArrayPrototypeJoin, Set, SetPrototypeAdd, StringPrototypeStartsWith, StringPrototypeToUpperCase, TypeError,
  } = internals.primordials;
  const { ifLoaded } = internals.parts;
  const { abortSignal, createDependent, createSignal, isSignal } = internals.abort;
  const {
    adopt, clone, defineBody, extract, fromHost: bodyFromHost, isUsed, transfer,
  } = internals.body;
  const { addContentType, copy, create, find, fromHost, isToken, makeImmutable } = internals.headers;
  const {
    constructToken, defineInterface, emptyDictionary, requireArguments, toByteString, toDictionary,
    toDOMString, toUSVString,
  } = internals.webidl;
  const { urlEnds, urlParse } = internals.host;

  function parseUrl(url) {
    if (urlEnds(url) !== 0) {
      return url;
    }
    const parts = urlParse(url, undefined);
    if (parts === null) {
      throw new TypeError(`Invalid URL: ${url}`);
    }
    const { HREF, PASSWORD, USERNAME } = internals.urlParts;
    if (parts[USERNAME] !== "" || parts[PASSWORD] !== "") {
      throw new TypeError("The URL of a request must not include credentials");
    }
    return parts[HREF];
  }

  function toMethod(value) {
    const method = toByteString(value);
    if (!isToken(method)) {
      throw new TypeError(`Invalid request method: "${method}"`);
    }
    const upper = StringPrototypeToUpperCase(method);
    switch (upper) {
      case "DELETE":
      case "GET":
      case "HEAD":
      case "OPTIONS":
      case "POST":
      case "PUT":
        return upper;
      case "CONNECT":
      case "TRACE":
      case "TRACK":
        throw new TypeError(`The request method ${upper} is forbidden`);
      default:
        return method;
    }
  }

  const MODES = ["navigate", "same-origin", "no-cors", "cors"];
  const CREDENTIALS = ["omit", "same-origin", "include"];
  const CACHES = ["default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached"];
  const REDIRECTS = ["follow", "error", "manual"];
  const REFERRER_POLICIES = [
    "", "no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin",
    "origin-when-cross-origin", "strict-origin-when-cross-origin", "unsafe-url",
  ];
  const DUPLEXES = ["half"];
  const PRIORITIES = ["high", "low", "auto"];
  const CLIENT = "about:client";

  // A Web IDL enumeration.
  function toEnum(value, values, what) {
    const text = toDOMString(value);
    for (let i = 0; i < values.length; i++) {
      if (values[i] === text) {
        return text;
      }
    }
    throw new TypeError(`"${text}" is not a ${what}: ${ArrayPrototypeJoin(values, ", ")}`);
  }

  // A server has no origin that a referrer could be of.
  function toReferrer(value) {
    const text = toUSVString(value);
    if (text !== "" && urlParse(text, undefined) === null) {
      throw new TypeError(`The referrer is not a URL: ${text}`);
    }
    return text === "" ? "" : CLIENT;
  }

  // What a request says of itself. Of all that a server heeds `cache` and `integrity` only.
  class Options {
    mode = "cors";
    credentials = "same-origin";
    cache = "default";
    referrer = CLIENT;
    referrerPolicy = "";
    integrity = "";
    keepalive = false;
    // Of a URL of a Blob, what it is; or null.
    blob = null;
  }

  const OPTIONS = Object.keys(new Options());

  // Shared by all requests that say nothing else.
  const DEFAULTS = new Options();

  // The options of a request, of those of the one that it is made of. `changed`: the init says
  // something else, too.
  function toOptions(init, base, changed) {
    const {
      cache, credentials, integrity, keepalive, mode, priority, referrer, referrerPolicy, window,
    } = init;
    if (
      cache === undefined && credentials === undefined && integrity === undefined &&
      keepalive === undefined && mode === undefined && priority === undefined &&
      referrer === undefined && referrerPolicy === undefined && window === undefined &&
      (base === DEFAULTS || !changed)
    ) {
      return base;
    }
    const options = new Options();
    if (window !== undefined && window !== null) {
      throw new TypeError("Request constructor: the window must be null");
    }
    // Not those of `base`: whoever changes a request is its referrer.
    if (referrer !== undefined) {
      options.referrer = toReferrer(referrer);
    }
    if (referrerPolicy !== undefined) {
      options.referrerPolicy = toEnum(referrerPolicy, REFERRER_POLICIES, "referrer policy");
    }
    options.mode = mode === undefined ? base.mode : toEnum(mode, MODES, "request mode");
    if (options.mode === "navigate") {
      throw new TypeError("A request cannot be made with the mode navigate");
    }
    options.credentials = credentials === undefined
      ? base.credentials
      : toEnum(credentials, CREDENTIALS, "credentials mode");
    options.cache = cache === undefined ? base.cache : toEnum(cache, CACHES, "cache mode");
    if (options.cache === "only-if-cached" && options.mode !== "same-origin") {
      throw new TypeError("The cache mode only-if-cached needs the request mode same-origin");
    }
    options.integrity = integrity === undefined ? base.integrity : toDOMString(integrity);
    options.keepalive = keepalive === undefined ? base.keepalive : !!keepalive;
    if (priority !== undefined) {
      toEnum(priority, PRIORITIES, "priority");
    }
    return options;
  }

  // What the URL stands for now: it may be revoked later.
  const blobOf = (url) =>
    StringPrototypeStartsWith(url, "blob:") ? ifLoaded("objectUrls")?.blobOf(url) ?? null : null;

  function withBlob(base, blob) {
    const options = new Options();
    for (let i = 0; i < OPTIONS.length; i++) {
      options[OPTIONS[i]] = base[OPTIONS[i]];
    }
    options.blob = blob;
    return options;
  }

  const isBodiless = (method) => method === "GET" || method === "HEAD";
  const isSimpleMethod = (method) => isBodiless(method) || method === "POST";

  // The signal of an incoming request, aborted when the client goes away.
  function incomingSignal(state) {
    if (state.signal === null) {
      state.signal = createSignal();
      if (state.abortReason !== null) {
        abortSignal(state.signal, state.abortReason);
      }
    }
    return state.signal;
  }

  let bodyOf;
  let contentTypeOf;
  let describe;
  let bringsBody;
  let isRequest;

  class Request {
    #method = "GET";
    #url;
    // Headers, or what the host gave until somebody looks.
    #headers = null;
    #headersText = null;
    #body = null;
    #redirect = "follow";
    #options = DEFAULTS;
    #signal = null;
    // The signal to follow, or null.
    #source = null;
    // RequestState of an incoming request.
    #state = null;

    // With the token the arguments are taken as they are: the URL, the
    // RequestState or null, then the other fields.
    constructor(input, init = undefined, token = undefined, method, headersText, body) {
      if (token === constructToken) {
        this.#method = method;
        this.#url = input;
        this.#headersText = headersText;
        this.#body = body;
        this.#state = init;
        if (init !== null) {
          // Of a request that came; who asked for it is to see where it is sent.
          this.#redirect = "manual";
        }
        return;
      }
      requireArguments(arguments.length, 1, "Request constructor");
      this.#initialize(input, init);
    }

    #initialize(input, init) {
      const options = toDictionary(init, "Request constructor: the init");
      const from = isRequest(input) ? input : null;
      if (from === null) {
        this.#url = parseUrl(toUSVString(input));
      } else {
        this.#url = from.#url;
        this.#method = from.#method;
        this.#redirect = from.#redirect;
        this.#options = from.#options;
        this.#source = from.#followed();
      }
      const { body, duplex, headers, method, redirect, signal } = options;
      if (options !== emptyDictionary) {
        const changed = body !== undefined || duplex !== undefined || headers !== undefined ||
          method !== undefined || redirect !== undefined || signal !== undefined;
        this.#options = toOptions(options, this.#options, changed);
      }
      const blob = from === null ? blobOf(this.#url) : from.#options.blob;
      if (blob !== null) {
        this.#options = withBlob(this.#options, blob);
      }
      if (duplex !== undefined) {
        toEnum(duplex, DUPLEXES, "duplex mode");
      }
      if (method !== undefined) {
        this.#method = toMethod(method);
      }
      if (this.#options.mode === "no-cors" && !isSimpleMethod(this.#method)) {
        throw new TypeError(`A request with mode no-cors cannot have the method ${this.#method}`);
      }
      if (redirect !== undefined) {
        this.#redirect = toEnum(redirect, REDIRECTS, "redirect mode");
      }
      if (signal !== undefined) {
        if (signal !== null && !isSignal(signal)) {
          throw new TypeError("Request constructor: the signal is not an AbortSignal");
        }
        this.#source = signal;
      }
      if (headers !== undefined) {
        this.#headers = create(headers);
      } else {
        this.#headers = from === null ? create(undefined) : copy(from.#ownHeaders(), false);
      }
      const hasInit = body !== undefined && body !== null;
      const hasInput = from !== null && from.#body !== null && !hasInit;
      if ((hasInit || hasInput) && isBodiless(this.#method) && !bringsBody(hasInput ? from : init, this.#method)) {
        throw new TypeError(`A request with method ${this.#method} cannot have a body`);
      }
      if (hasInit) {
        const extracted = extract(body);
        this.#checkStream(extracted.stream, duplex);
        this.#body = adopt(extracted);
        if (this.#body.type !== null) {
          addContentType(this.#headers, this.#body.type);
        }
      } else if (hasInput) {
        this.#body = transfer(from.#body);
      }
    }

    // Says the same of a stream whose bytes are in memory already as of one whose bytes are on their way.
    #checkStream(stream, duplex) {
      if (stream === null) {
        return;
      }
      // The standard makes no exception for bodies that are passed on.
      if (duplex === undefined && !stream.isBody) {
        throw new TypeError('A request whose body is a stream must have duplex: "half"');
      }
      if (this.#options.keepalive) {
        throw new TypeError("A request with keepalive cannot have a body that is a stream");
      }
    }

    #ownHeaders() {
      if (this.#headers === null) {
        this.#headers = fromHost(this.#headersText);
        this.#headersText = null;
        if (this.#state !== null) {
          makeImmutable(this.#headers);
        }
      }
      return this.#headers;
    }

    #followed() {
      return this.#state === null ? this.#source : incomingSignal(this.#state);
    }

    get method() {
      return this.#method;
    }

    get url() {
      return this.#url;
    }

    get headers() {
      return this.#ownHeaders();
    }

    get destination() {
      this.#method;
      return "";
    }

    get referrer() {
      return this.#options.referrer;
    }

    get referrerPolicy() {
      return this.#options.referrerPolicy;
    }

    get mode() {
      return this.#options.mode;
    }

    get credentials() {
      return this.#options.credentials;
    }

    get cache() {
      return this.#options.cache;
    }

    get integrity() {
      return this.#options.integrity;
    }

    get keepalive() {
      return this.#options.keepalive;
    }

    get isReloadNavigation() {
      this.#method;
      return false;
    }

    get isHistoryNavigation() {
      this.#method;
      return false;
    }

    get duplex() {
      this.#method;
      return "half";
    }

    get redirect() {
      return this.#redirect;
    }

    get signal() {
      if (this.#state !== null) {
        return incomingSignal(this.#state);
      }
      if (this.#signal === null) {
        const sources = new Set();
        if (this.#source !== null) {
          SetPrototypeAdd(sources, this.#source);
        }
        this.#signal = createDependent(sources);
      }
      return this.#signal;
    }

    clone() {
      const body = clone(this.#body);
      const result = new Request(this.#url, null, constructToken, this.#method, null, body);
      result.#headers = copy(this.#ownHeaders(), true);
      result.#redirect = this.#redirect;
      result.#options = this.#options;
      result.#source = this.#followed();
      return result;
    }

    static {
      // Whether it is a request that came with a body though its method has none by the standard, and keeps the method: who passes
      // on what came is not to fail for it.
      bringsBody = (value, method) =>
        isRequest(value) && value.#body !== null && value.#method === method;
      isRequest = (value) => typeof value === "object" && value !== null && #method in value;
      bodyOf = (request) => request.#body;
      contentTypeOf = (request) => find(request.#ownHeaders(), "content-type");
      // What the host needs to know to send the request.
      describe = (request) => ({
        blob: request.#options.blob,
        body: request.#body,
        cache: request.#options.cache,
        headers: request.#ownHeaders(),
        integrity: request.#options.integrity,
        method: request.#method,
        redirect: request.#redirect,
        signal: request.#followed(),
        url: request.#url,
      });
    }
  }

  defineBody(Request, bodyOf, contentTypeOf);
  defineInterface(Request);
  internals.platformClasses.add(isRequest, "Request", (request) => {
    const { body, method, redirect, url } = describe(request);
    return { method, url, redirect, bodyUsed: isUsed(body) };
  });

  // The Request of a RequestState; `given` is null, a Uint8Array or the number of a
  // body to be read.
  function fromIncoming(state, method, url, headersText, given) {
    const body = bodyFromHost(given, null, false);
    return new Request(url, state, constructToken, method, headersText, body);
  }

  // The Request that a response was put for.
  const fromCache = (url, headersText) =>
    new Request(url, null, constructToken, "GET", headersText, null);

  internals.request = { __proto__: null, describe, fromCache, fromIncoming, isRequest };
})
