// Response.
(function (internals) {
  "use strict";
  const {
    JSONStringify, RangeError, StringPrototypeCharCodeAt, TypeError, Uint8Array,
  } = internals.primordials;
  const {
    Body, adopt, clone, defineBody, extract, forHost, fromHost: bodyFromHost, isCoded, isUsed,
  } = internals.body;
  const { GOES_ON, endingOf, note } = internals.requests;
  const {
    addContentType, codedListOf, copy, create, find, fromHost, makeImmutable,
  } = internals.headers;
  const {
    defineInterface, requireArguments, toByteString, toDictionary,
    toUnsignedShort, toUSVString,
  } = internals.webidl;
  const { respond, urlParse } = internals.host;

  const isNullBodyStatus = (status) =>
    status === 101 || status === 103 || status === 204 || status === 205 || status === 304;

  function toStatusText(value) {
    const text = toByteString(value);
    for (let i = 0; i < text.length; i++) {
      const code = StringPrototypeCharCodeAt(text, i);
      if ((code < 32 && code !== 9) || code === 127) {
        throw new TypeError("The status text contains an invalid character");
      }
    }
    return text;
  }

  // What differs in a response that was not made by the constructor.
  class Origin {
    type;
    url;
    redirected;

    constructor(type, url, redirected) {
      this.type = type;
      this.url = url;
      this.redirected = redirected;
    }
  }

  let bodyOf;
  let contentTypeOf;
  let describe;
  let fromParts;
  let isResponse;
  // Gives a response to the host, as the result of a request, with what is left to do
  // for that. The body of one may be written after that.
  let send;
  let statusOf;
  let withBytes;

  class Response {
    #status = 200;
    #statusText = "";
    // Made when somebody looks; until then the body's type is the only header.
    #headers = null;
    #body = null;
    #origin = null;

    constructor(body = null, init = undefined) {
      if (init !== undefined) {
        this.#initialize(toDictionary(init, "Response constructor: the init"));
      }
      if (body !== null) {
        if (isNullBodyStatus(this.#status)) {
          throw new TypeError(`A response with status ${this.#status} cannot have a body`);
        }
        this.#setBody(adopt(extract(body)));
      }
    }

    #initialize(init) {
      const { headers, status, statusText } = init;
      if (status !== undefined) {
        const code = toUnsignedShort(status);
        if (code < 200 || code > 599) {
          throw new RangeError(`The status ${code} is not in the range 200 to 599`);
        }
        this.#status = code;
      }
      if (statusText !== undefined) {
        this.#statusText = toStatusText(statusText);
      }
      if (headers !== undefined) {
        this.#headers = create(headers);
      }
    }

    #setBody(body) {
      this.#body = body;
      if (this.#headers !== null && body.type !== null) {
        addContentType(this.#headers, body.type);
      }
    }

    #ownHeaders() {
      if (this.#headers === null) {
        this.#headers = create(undefined);
        if (this.#body !== null && this.#body.type !== null) {
          addContentType(this.#headers, this.#body.type);
        }
      }
      return this.#headers;
    }

    static error() {
      return fromParts(0, "", create(undefined), null, new Origin("error", "", false));
    }

    static json(data, init = undefined) {
      requireArguments(arguments.length, 1, "Response.json");
      const text = JSONStringify(data);
      if (text === undefined) {
        throw new TypeError("Response.json: the data cannot be converted to JSON");
      }
      const response = new Response(null, init);
      if (isNullBodyStatus(response.#status)) {
        throw new TypeError(`A response with status ${response.#status} cannot have a body`);
      }
      response.#setBody(new Body(toUSVString(text), "application/json"));
      return response;
    }

    static redirect(url, status = 302) {
      requireArguments(arguments.length, 1, "Response.redirect");
      const target = toUSVString(url);
      const parts = urlParse(target, undefined);
      if (parts === null) {
        throw new TypeError(`Invalid URL: ${target}`);
      }
      const code = toUnsignedShort(status);
      if (code !== 301 && code !== 302 && code !== 303 && code !== 307 && code !== 308) {
        throw new RangeError(`${code} is not a redirect status`);
      }
      return fromParts(code, "", fromHost(`location\n${parts[internals.urlParts.HREF]}\n`), null, null);
    }

    get type() {
      return this.#origin === null ? "default" : this.#origin.type;
    }

    get url() {
      return this.#origin === null ? "" : this.#origin.url;
    }

    get redirected() {
      return this.#origin !== null && this.#origin.redirected;
    }

    get status() {
      return this.#status;
    }

    get ok() {
      return this.#status >= 200 && this.#status <= 299;
    }

    get statusText() {
      return this.#statusText;
    }

    get headers() {
      return this.#ownHeaders();
    }

    clone() {
      const body = clone(this.#body);
      const result = new Response();
      result.#status = this.#status;
      result.#statusText = this.#statusText;
      result.#headers = copy(this.#ownHeaders(), true);
      result.#body = body;
      result.#origin = this.#origin;
      return result;
    }

    static {
      isResponse = (value) => typeof value === "object" && value !== null && #status in value;
      bodyOf = (response) => response.#body;
      contentTypeOf = (response) => find(response.#ownHeaders(), "content-type");
      statusOf = (response) => response.#status;
      // A fetched response, whose body has been read: the same with these bytes.
      withBytes = (response, bytes, signal) => {
        response.#body = bodyFromHost(bytes, signal, false);
        return response;
      };
      // What a cache needs to know to keep the response.
      describe = (response) => ({
        body: response.#body,
        headers: response.#ownHeaders(),
        redirected: response.#origin !== null && response.#origin.redirected,
        status: response.#status,
        statusText: response.#statusText,
        type: response.#origin === null ? "default" : response.#origin.type,
        url: response.#origin === null ? "" : response.#origin.url,
      });
      // `headers` become immutable.
      fromParts = (status, statusText, headers, body, origin) => {
        const response = new Response();
        makeImmutable(headers);
        response.#status = status;
        response.#statusText = statusText;
        response.#headers = headers;
        response.#body = body;
        response.#origin = origin;
        return response;
      };
      send = (response, state) => {
        if (response.#status < 200) {
          throw new TypeError(
            response.#status === 0
              ? "Response.error() cannot be sent"
              : `A response with status ${response.#status} cannot be sent`,
          );
        }
        const body = response.#body;
        const type = body === null ? null : body.type;
        const given = forHost(body, true);
        const headers =
          response.#headers === null ? type : codedListOf(response.#headers, isCoded(body, given));
        if (given !== undefined) {
          const ending = endingOf(state);
          respond(state.id, response.#status, response.#statusText, headers, given, ending);
          note(state, ending);
          return;
        }
        const pump = new internals.bodyPump.Pump(state, body.stream, true, null);
        try {
          respond(state.id, response.#status, response.#statusText, headers, pump.id, GOES_ON);
        } catch (error) {
          pump.stop(error);
          throw error;
        }
        pump.start();
      };
    }
  }

  defineBody(Response, bodyOf, contentTypeOf);
  defineInterface(Response);
  internals.platformClasses.add(isResponse, "Response", (response) => {
    return { status: statusOf(response), bodyUsed: isUsed(bodyOf(response)) };
  });

  // The response the host fetched; `given` is null, a Uint8Array or the number of a body to be
  // read. Where no body can be there is none: with an empty one instead, nobody could make the
  // same response of its parts.
  function fromFetch(status, statusText, headersText, given, url, redirected, signal, coded) {
    const body = isNullBodyStatus(status) ? null : bodyFromHost(given, signal, coded);
    const origin = new Origin("basic", url, redirected);
    return fromParts(status, statusText, fromHost(headersText, coded), body, origin);
  }

  // The response that the host has kept.
  function fromCache(status, statusText, headersText, given, coded, type, url, redirected) {
    const body = isNullBodyStatus(status)
      ? null
      : bodyFromHost(given ?? new Uint8Array(0), null, coded);
    const origin = type === "default" ? null : new Origin(type, url, redirected);
    return fromParts(status, statusText, fromHost(headersText, coded), body, origin);
  }

  internals.response = {
    __proto__: null, contentTypeOf, describe, fromCache, fromFetch, isResponse, send, statusOf,
    withBytes,
  };
})
