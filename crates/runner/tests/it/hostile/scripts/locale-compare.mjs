// Long strings compared by the rules of a language.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 200
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    'ä'.repeat(4e6).localeCompare('ä'.repeat(4e6) + 'b', 'sv');
    return new Response("ended");
  },
};
