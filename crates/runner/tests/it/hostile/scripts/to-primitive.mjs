// An object that never becomes a primitive.
// ends: 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    `${{
      [Symbol.toPrimitive]() {
        while (true);
      },
    }}`;
    return new Response("ended");
  },
};
