// JSON of many numbers, parsed without end.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const json = '[' + '1,'.repeat(1e6) + '1]';
    while (true) {
      JSON.parse(json);
    }
    return new Response("ended");
  },
};
