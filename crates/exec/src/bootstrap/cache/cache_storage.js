// caches: the caches of the worker by their names, and the one without.
(function (internals) {
  "use strict";
  const { match, stateFor, toFlags } = internals.cache;
  const {
    append, constructToken, defineInterface, illegalConstructor, requireArguments, toDictionary,
    toDOMString,
  } = internals.webidl;
  const { Cache } = internals.globals;
  const { cacheDelete, cacheHas, cacheNames, cacheOpen } = internals.host;

  class CacheStorage {
    // Made when somebody asks.
    #default = null;

    constructor(token = undefined) {
      if (token !== constructToken) {
        illegalConstructor();
      }
    }

    get default() {
      this.#default ??= new Cache(constructToken, null);
      return this.#default;
    }

    async match(request, options = undefined) {
      this.#default;
      requireArguments(arguments.length, 1, "CacheStorage.match");
      const flags = toFlags(options, "CacheStorage.match");
      const { cacheName } = toDictionary(options, "CacheStorage.match: the options");
      const name = cacheName === undefined ? undefined : toDOMString(cacheName);
      return match(name, request, flags, "CacheStorage.match");
    }

    async has(cacheName) {
      this.#default;
      requireArguments(arguments.length, 1, "CacheStorage.has");
      const name = toDOMString(cacheName);
      return cacheHas(stateFor("CacheStorage.has").id, name);
    }

    async open(cacheName) {
      this.#default;
      requireArguments(arguments.length, 1, "CacheStorage.open");
      const name = toDOMString(cacheName);
      cacheOpen(stateFor("CacheStorage.open").id, name);
      return new Cache(constructToken, name);
    }

    async delete(cacheName) {
      this.#default;
      requireArguments(arguments.length, 1, "CacheStorage.delete");
      const name = toDOMString(cacheName);
      return cacheDelete(stateFor("CacheStorage.delete").id, name);
    }

    async keys() {
      this.#default;
      const names = cacheNames(stateFor("CacheStorage.keys").id);
      const result = [];
      for (let i = 0; i < names.length; i++) {
        append(result, names[i]);
      }
      return result;
    }
  }

  defineInterface(CacheStorage);
  internals.globals.caches = new CacheStorage(constructToken);
})
