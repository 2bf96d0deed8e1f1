// Request.
(function (internals) {
  "use strict";
  const { Set, SetPrototypeAdd, StringPrototypeToUpperCase, TypeError } = internals.primordials;
  const { abortSignal, createDependent, createSignal, isSignal } = internals.abort;
  const {
    clone, defineBody, extract, fromHost: bodyFromHost, isStreamed, isUsed, transfer,
  } = internals.body;
  const { addContentType, copy, create, find, fromHost, isToken, listOf } = internals.headers;
  const {
    constructToken, defineInterface, requireArguments, toByteString, toDictionary, toDOMString,
    toUSVString,
  } = internals.webidl;
  const { HREF, PASSWORD, USERNAME } = internals.urlParts;
  const { urlParse } = internals.host;

  function parseUrl(url) {
    const parts = urlParse(url, undefined);
    if (parts === null) {
      throw new TypeError(`Invalid URL: ${url}`);
    }
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

  function toRedirect(value) {
    const redirect = toDOMString(value);
    if (redirect !== "follow" && redirect !== "error" && redirect !== "manual") {
      throw new TypeError(`"${redirect}" is not a redirect mode: follow, error or manual`);
    }
    return redirect;
  }

  function checkDuplex(value) {
    const duplex = toDOMString(value);
    if (duplex !== "half") {
      throw new TypeError(`"${duplex}" is not a duplex mode: half`);
    }
  }

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
  let isRequest;

  class Request {
    #method = "GET";
    #url;
    // Headers, or what the host gave until somebody looks.
    #headers = null;
    #headersText = null;
    #body = null;
    #redirect = "follow";
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
        this.#source = from.#followed();
      }
      const { body, duplex, headers, method, redirect, signal } = options;
      if (duplex !== undefined) {
        checkDuplex(duplex);
      }
      if (method !== undefined) {
        this.#method = toMethod(method);
      }
      if (redirect !== undefined) {
        this.#redirect = toRedirect(redirect);
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
      const hasInput = from !== null && from.#body !== null && body === undefined;
      if ((hasInit || hasInput) && (this.#method === "GET" || this.#method === "HEAD")) {
        throw new TypeError(`A request with method ${this.#method} cannot have a body`);
      }
      if (hasInit) {
        this.#body = extract(body);
        if (isStreamed(this.#body) && duplex === undefined) {
          throw new TypeError('A request whose body is a stream must have duplex: "half"');
        }
        if (this.#body.type !== null) {
          addContentType(this.#headers, this.#body.type);
        }
      } else if (hasInput) {
        this.#body = transfer(from.#body);
      }
    }

    #ownHeaders() {
      if (this.#headers === null) {
        this.#headers = fromHost(this.#headersText);
        this.#headersText = null;
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
      result.#source = this.#followed();
      return result;
    }

    static {
      isRequest = (value) => typeof value === "object" && value !== null && #method in value;
      bodyOf = (request) => request.#body;
      contentTypeOf = (request) => find(request.#ownHeaders(), "content-type");
      // What the host needs to know to send the request.
      describe = (request) => ({
        body: request.#body,
        flat: listOf(request.#ownHeaders()),
        method: request.#method,
        redirect: request.#redirect,
        signal: request.#followed(),
        url: request.#url,
      });
    }
  }

  defineBody(Request, bodyOf, contentTypeOf);
  defineInterface(Request);
  internals.inspect.addPlatformClass(isRequest, "Request", (request) => {
    const { body, method, redirect, url } = describe(request);
    return { method, url, redirect, bodyUsed: isUsed(body) };
  });

  // The Request of a RequestState; `given` is null, a Uint8Array or the number of a
  // body to be read.
  function fromIncoming(state, method, url, headersText, given) {
    const body = bodyFromHost(given, null);
    return new Request(url, state, constructToken, method, headersText, body);
  }

  internals.request = { __proto__: null, describe, fromIncoming };
})
