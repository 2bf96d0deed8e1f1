// `last-index-of` of an object that claims the greatest length.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// loses: its isolate
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const fake = { length: 2 ** 53 - 1 };
    Array.prototype.lastIndexOf.call(fake, 1);
    return new Response("ended");
  },
};
