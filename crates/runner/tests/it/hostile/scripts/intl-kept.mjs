// Formatters kept from request to request: their memory is not on the heap (lesson 50).
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 200
// requests: 4
// then: fine

const kept = [];

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    for (let i = 0; i < 100; i++) {
      kept.push(new Intl.DateTimeFormat('de', { dateStyle: 'full', timeZone: 'Europe/Berlin' }));
    }
    return new Response("ended");
  },
};
