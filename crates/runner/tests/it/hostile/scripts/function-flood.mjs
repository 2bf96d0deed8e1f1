// Functions from texts, kept.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const kept = [];
    for (let i = 0; ; i++) {
      kept.push(new Function(`a${i}`, `return ${'a + '.repeat(1000)}${i}`));
    }
    return new Response("ended");
  },
};
