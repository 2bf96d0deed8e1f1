// A thread put to sleep.
// ends: 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    Atomics.wait(new Int32Array(new ArrayBuffer(8)), 0, 0, 1e6);
    return new Response("ended");
  },
};
