// Cache: responses that the host keeps for the worker.
(function (internals) {
  "use strict";
  const {
    ObjectFreeze, Promise, PromisePrototypeThen, StringPrototypeIndexOf, StringPrototypeSlice,
    StringPrototypeStartsWith, StringPrototypeToLowerCase, TypeError,
  } = internals.primordials;
  const { DOMException } = internals;
  const { isAborted, partsOf } = internals.abort;
  const { checkUsable, contentsOf, forHost, isCoded, ofBytes } = internals.body;
  const { codedListOf, find, listOf } = internals.headers;
  const { add, nextId } = internals.operations;
  const { describe, fromCache: requestFromCache, isRequest } = internals.request;
  const { current } = internals.requests;
  const { describe: describeResponse, fromCache, isResponse } = internals.response;
  const {
    append, constructToken, defineInterface, eachItem, illegalConstructor, requireArguments,
    toDictionary,
  } = internals.webidl;
  const { Request, fetch } = internals.globals;
  const { cacheKeys, cacheMatch, cacheMatchAll, cachePut, cacheRemove } = internals.host;

  // Bits of the options, as the host knows them, but for the last.
  const IGNORE_SEARCH = 1;
  const IGNORE_VARY = 2;
  const IGNORE_METHOD = 4;

  // CacheQueryOptions
  function toFlags(options, what) {
    const { ignoreMethod, ignoreSearch, ignoreVary } =
      toDictionary(options, `${what}: the options`);
    return (ignoreSearch ? IGNORE_SEARCH : 0) | (ignoreVary ? IGNORE_VARY : 0) |
      (ignoreMethod ? IGNORE_METHOD : 0);
  }

  // The RequestState that an operation is for.
  function stateFor(what) {
    const state = current(what);
    if (state === undefined) {
      throw new TypeError(`${what}: the request has already ended`);
    }
    return state;
  }

  const toRequest = (value) => (isRequest(value) ? value : new Request(value));

  function withoutFragment(url) {
    const hash = StringPrototypeIndexOf(url, "#");
    return hash === -1 ? url : StringPrototypeSlice(url, 0, hash);
  }

  // What the host looks for: URL and headers; null if nothing can match.
  function keyOf(request, flags) {
    const { headers, method, url } = describe(request);
    if (method !== "GET" && (flags & IGNORE_METHOD) === 0) {
      return null;
    }
    return [withoutFragment(url), listOf(headers)];
  }

  function toResponse(answer) {
    return fromCache(
      answer[0], answer[1], answer[2], answer[3], answer[4], answer[5], answer[6], answer[7],
    );
  }

  // The response in the cache of this name, or undefined. null is the default
  // cache, undefined any.
  function match(name, input, flags, what) {
    const state = stateFor(what);
    const key = keyOf(toRequest(input), flags);
    const answer = key === null ? undefined : cacheMatch(state.id, name, key, flags);
    return answer === undefined ? undefined : toResponse(answer);
  }

  // What can be put: a key. Throws for anything else.
  function toStorable(request, what) {
    const key = keyOf(request, 0);
    if (key === null) {
      throw new TypeError(`${what}: only responses to GET can be cached`);
    }
    if (!StringPrototypeStartsWith(key[0], "http:") && !StringPrototypeStartsWith(key[0], "https:")) {
      throw new TypeError(`${what}: only http and https URLs can be cached`);
    }
    return key;
  }

  // Calls `visit` with the names that a Vary lists, in lower case.
  function eachVarying(headers, visit) {
    const vary = find(headers, "vary");
    let start = 0;
    while (vary !== null && start <= vary.length) {
      let end = StringPrototypeIndexOf(vary, ",", start);
      end = end === -1 ? vary.length : end;
      let last = end;
      while (start < last && (vary[start] === " " || vary[start] === "\t")) {
        start++;
      }
      while (start < last && (vary[last - 1] === " " || vary[last - 1] === "\t")) {
        last--;
      }
      if (start < last) {
        visit(StringPrototypeToLowerCase(StringPrototypeSlice(vary, start, last)));
      }
      start = end + 1;
    }
  }

  function checkStorable({ headers, status }, what) {
    if (status === 206) {
      throw new TypeError(`${what}: a partial response (206) cannot be cached`);
    }
    eachVarying(headers, (name) => {
      if (name === "*") {
        throw new TypeError(`${what}: a response with Vary: * cannot be cached`);
      }
    });
  }

  // Gives the host a response to keep, whose body is used thereby. A promise, or undefined
  // if that is done.
  function store(state, name, key, response) {
    const { body, headers, redirected, status, statusText, type, url } = response;
    if (body !== null) {
      checkUsable(body);
    }
    const given = forHost(body, false);
    const pump = given === undefined ? new internals.bodyPump.Pump(state, body.stream, false, null) : null;
    const id = nextId();
    const list = codedListOf(headers, isCoded(body, given));
    let done;
    try {
      const parts = [status, statusText, list, type, url, redirected];
      // This throws if the request has too many operations.
      done = cachePut(state.id, id, name, key, parts, pump === null ? given : pump.id);
    } catch (error) {
      pump?.stop(error);
      throw error;
    }
    if (done) {
      pump?.stop(new DOMException("The response is not kept", "AbortError"));
      return undefined;
    }
    const promise = new Promise((resolve, reject) => {
      add(id, state, () => resolve(undefined), (error) => reject(reasonOf(error, body, pump)), null, null);
    });
    pump?.start();
    return promise;
  }

  // What reading the body fails with, where the host knows only that it failed.
  function reasonOf(error, body, pump) {
    if (pump !== null && pump.failed) {
      return pump.error;
    }
    const signal = body === null ? null : body.signal;
    return signal !== null && isAborted(signal) ? partsOf(signal).reason : error;
  }

  // A fetched response that can be put: its parts.
  function fetched(response, what) {
    const parts = describeResponse(response);
    if (parts.status < 200 || parts.status > 299) {
      throw new TypeError(`${what}: the answer has the status ${parts.status}`);
    }
    checkStorable(parts, what);
    return parts;
  }

  // Whether one of the two would take the place of the other.
  function collide(one, other, headers) {
    if (one[0] !== other[0]) {
      return false;
    }
    let same = true;
    eachVarying(headers, (name) => {
      same &&= valueOf(one[1], name) === valueOf(other[1], name);
    });
    return same;
  }

  function valueOf(list, name) {
    let value = null;
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === name) {
        value = value === null ? list[i + 1] : `${value}, ${list[i + 1]}`;
      }
    }
    return value;
  }

  class Item {
    key;
    promise;
    parts = null;

    constructor(key, promise) {
      this.key = key;
      this.promise = promise;
    }
  }

  // Fetches all, and puts them when all of all of them has come.
  async function addAll(name, state, requests, keys, what) {
    const items = [];
    for (let i = 0; i < requests.length; i++) {
      const promise = PromisePrototypeThen(fetch(requests[i]), (response) => {
        const parts = fetched(response, what);
        return PromisePrototypeThen(contentsOf(parts.body), ({ bytes }) => ({
          __proto__: null, ...parts, body: parts.body === null ? null : ofBytes(bytes),
        }));
      });
      internals.streams.markHandled(promise);
      append(items, new Item(keys[i], promise));
    }
    for (let i = 0; i < items.length; i++) {
      items[i].parts = await items[i].promise;
      for (let j = 0; j < i; j++) {
        if (collide(items[j].key, items[i].key, items[j].parts.headers)) {
          throw new DOMException(`${what}: two requests are the same`, "InvalidStateError");
        }
      }
    }
    for (let i = 0; i < items.length; i++) {
      store(state, name, items[i].key, items[i].parts);
    }
  }

  class Cache {
    // null is the default one.
    #name;

    constructor(token = undefined, name = undefined) {
      if (token !== constructToken) {
        illegalConstructor();
      }
      this.#name = name;
    }

    async match(request, options = undefined) {
      const name = this.#name;
      requireArguments(arguments.length, 1, "Cache.match");
      return match(name, request, toFlags(options, "Cache.match"), "Cache.match");
    }

    async matchAll(request = undefined, options = undefined) {
      const name = this.#name;
      const flags = toFlags(options, "Cache.matchAll");
      const state = stateFor("Cache.matchAll");
      const responses = [];
      const key = request === undefined ? undefined : keyOf(toRequest(request), flags);
      if (key !== null) {
        const answers = cacheMatchAll(state.id, name, key, flags);
        for (let i = 0; i < answers.length; i++) {
          append(responses, toResponse(answers[i]));
        }
      }
      return ObjectFreeze(responses);
    }

    async add(request) {
      const name = this.#name;
      requireArguments(arguments.length, 1, "Cache.add");
      const state = stateFor("Cache.add");
      const asked = toRequest(request);
      const key = toStorable(asked, "Cache.add");
      const response = await fetch(asked);
      await store(state, name, key, fetched(response, "Cache.add"));
    }

    async addAll(requests) {
      const name = this.#name;
      requireArguments(arguments.length, 1, "Cache.addAll");
      const state = stateFor("Cache.addAll");
      const asked = [];
      const keys = [];
      eachItem(requests, (item) => append(asked, toRequest(item)), "Cache.addAll: the argument");
      for (let i = 0; i < asked.length; i++) {
        append(keys, toStorable(asked[i], "Cache.addAll"));
      }
      await addAll(name, state, asked, keys, "Cache.addAll");
    }

    async put(request, response) {
      const name = this.#name;
      requireArguments(arguments.length, 2, "Cache.put");
      const key = toStorable(toRequest(request), "Cache.put");
      if (!isResponse(response)) {
        throw new TypeError("Cache.put: the second argument is not a Response");
      }
      const parts = describeResponse(response);
      checkStorable(parts, "Cache.put");
      await store(stateFor("Cache.put"), name, key, parts);
    }

    async delete(request, options = undefined) {
      const name = this.#name;
      requireArguments(arguments.length, 1, "Cache.delete");
      const flags = toFlags(options, "Cache.delete");
      const state = stateFor("Cache.delete");
      const key = keyOf(toRequest(request), flags);
      return key !== null && cacheRemove(state.id, name, key, flags);
    }

    async keys(request = undefined, options = undefined) {
      const name = this.#name;
      const flags = toFlags(options, "Cache.keys");
      const state = stateFor("Cache.keys");
      const requests = [];
      const key = request === undefined ? undefined : keyOf(toRequest(request), flags);
      if (key !== null) {
        const found = cacheKeys(state.id, name, key, flags);
        for (let i = 0; i < found.length; i += 2) {
          append(requests, requestFromCache(found[i], found[i + 1]));
        }
      }
      return ObjectFreeze(requests);
    }
  }

  defineInterface(Cache);

  internals.cache = { __proto__: null, match, stateFor, toFlags };
})
