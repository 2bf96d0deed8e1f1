// Built-ins replaced after the fact.
// ends: 200

const response = new Response('ended');

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const bad = () => {
      throw new Error('replaced');
    };
    for (const built of [Map, Set, String, Promise, Function, Uint8Array, Headers, Response, Array]) {
      for (const key of Reflect.ownKeys(built.prototype)) {
        const { configurable, value } = Reflect.getOwnPropertyDescriptor(built.prototype, key);
        if (configurable && typeof value === 'function' && key !== 'constructor') built.prototype[key] = bad;
      }
    }
    Array.prototype[Symbol.iterator] = bad;
    globalThis.Promise = globalThis.Response = undefined;
    return response;
    return new Response("ended");
  },
};
