// A structure whose JSON grows exponentially.
// ends: 500 Exception, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    let json = { a: 'x'.repeat(1000) };
    for (let i = 0; i < 40; i++) {
      json = { a: json, b: json };
    }
    JSON.stringify(json);
    return new Response("ended");
  },
};
