// Setters on the prototypes of everything.
// ends: 200, 500 Exception, 429 CpuTimeLimit

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    for (const key of ['0', '1', 'value', 'get', 'body', 'status', 'headers', 'length']) {
      Object.defineProperty(Object.prototype, key, {
        configurable: true,
        get() {},
        set() {
          throw new Error('polluted');
        },
      });
    }
    return new Response('ended', undefined);
    return new Response("ended");
  },
};
