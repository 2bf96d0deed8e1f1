// fetch: starts an operation of the host and waits for its result.
(function (internals) {
  "use strict";
  const {
    Promise, StringPrototypeIndexOf, StringPrototypeSlice, StringPrototypeStartsWith, TypeError,
    Uint8Array,
  } = internals.primordials;
  const { isAborted, partsOf } = internals.abort;
  const { contentsOf, discard, forHost, isCoded, isStreamed } = internals.body;
  const { add, nextId, take } = internals.operations;
  const { current } = internals.requests;
  const { describe } = internals.request;
  const { codedListOf, withField } = internals.headers;
  const { defineFunctions, requireArguments } = internals.webidl;
  const { Request } = internals.globals;
  const { dataUrl, fetchStart } = internals.host;

  // What the cache mode says to caches on the way.
  function withCacheMode(flat, cache) {
    switch (cache) {
      case "no-cache":
        return withField(flat, "cache-control", "max-age=0");
      case "no-store":
      case "reload":
        return withField(withField(flat, "pragma", "no-cache"), "cache-control", "no-cache");
      default:
        return flat;
    }
  }

  // What a URL says by itself; nobody else is asked.
  function fromDataUrl(url, method, signal) {
    const data = dataUrl(url);
    if (data === null) {
      throw new TypeError("fetch: the data URL is not valid");
    }
    const body = method === "HEAD" ? null : data[1];
    const fields = `content-type\n${data[0]}\n`;
    return internals.response.fromFetch(200, "OK", fields, body, withoutFragment(url), false, signal, false);
  }

  // What the body has to be; null for anything.
  const metadataOf = (integrity) => (integrity === "" ? null : internals.integrity.parse(integrity));

  // Resolves with `response`; if its body has to be a certain one, when all of it has come.
  function answer(response, metadata, signal, resolve, reject) {
    if (metadata === null) {
      resolve(response);
      return;
    }
    const { body } = internals.response.describe(response);
    if (body === null) {
      reject(new TypeError("fetch: there is no body that could have its integrity"));
      return;
    }
    internals.integrity.verify(metadata, contentsOf(body), (bytes) => {
      resolve(internals.response.withBytes(response, bytes, signal));
    }, reject);
  }

  function withoutFragment(url) {
    const hash = StringPrototypeIndexOf(url, "#");
    return hash === -1 ? url : StringPrototypeSlice(url, 0, hash);
  }

  function start(state, request, resolve, reject) {
    const { blob, body, cache, headers, integrity, method, redirect, signal, url } = describe(request);
    if (signal !== null && isAborted(signal)) {
      const { reason } = partsOf(signal);
      discard(body, reason);
      reject(reason);
      return;
    }
    if (state === undefined) {
      reject(new TypeError("fetch: the request has already ended"));
      return;
    }
    if (cache === "only-if-cached") {
      discard(body, undefined);
      reject(new TypeError("fetch: nothing is cached"));
      return;
    }
    if (StringPrototypeStartsWith(url, "data:")) {
      if (isStreamed(body)) {
        discard(body, undefined);
      } else {
        forHost(body, false);
      }
      answer(fromDataUrl(url, method, signal), metadataOf(integrity), signal, resolve, reject);
      return;
    }
    if (StringPrototypeStartsWith(url, "blob:")) {
      if (blob === null || method !== "GET") {
        throw new TypeError("fetch: there is no Blob for this request");
      }
      const response = internals.objectUrls.respond(blob, withoutFragment(url), headers, signal);
      answer(response, metadataOf(integrity), signal, resolve, reject);
      return;
    }
    const given = forHost(body, false);
    const pump = given === undefined ? new internals.bodyPump.Pump(state, body.stream, false, signal) : null;
    const id = nextId();
    try {
      // This throws if the request has too many, or the URL cannot be fetched.
      const fields = withCacheMode(codedListOf(headers, isCoded(body, given)), cache);
      fetchStart(state.id, id, method, url, fields, pump?.id ?? given, redirect, body !== null && body.once);
    } catch (error) {
      pump?.stop(error);
      throw error;
    }
    // The answer to HEAD has no body, not an empty one.
    const detail = { __proto__: null, isHead: method === "HEAD", metadata: metadataOf(integrity), pump };
    add(id, state, resolve, reject, signal, detail);
    pump?.start();
  }

  // Of a stream that failed the host knows only that it did.
  function reasonOf(error, pump) {
    if (pump === null || !pump.failed) {
      return new TypeError(error);
    }
    return new TypeError("fetch: the stream of the body failed", { __proto__: null, cause: pump.error });
  }

  function settle(id, error, status, statusText, headersText, given, url, redirected, coded) {
    const operation = take(id);
    if (operation === undefined) {
      return;
    }
    if (error !== null) {
      operation.reject(reasonOf(error, operation.detail.pump));
      return;
    }
    const { detail: { isHead, metadata }, signal, resolve, reject } = operation;
    const body = isHead ? null : given ?? new Uint8Array(0);
    const { fromFetch } = internals.response;
    const response =
      fromFetch(status, statusText, headersText, body, url, redirected, signal, coded === true);
    answer(response, metadata, signal, resolve, reject);
  }

  defineFunctions({
    fetch(input, init = undefined) {
      const state = current("fetch");
      const given = arguments.length;
      return new Promise((resolve, reject) => {
        requireArguments(given, 1, "fetch");
        start(state, new Request(input, init), resolve, reject);
      });
    },
  });
  internals.fetch = { __proto__: null, settle };
})
