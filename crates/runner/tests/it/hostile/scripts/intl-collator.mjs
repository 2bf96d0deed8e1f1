// Long strings sorted by the rules of a language.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const { compare } = new Intl.Collator('de', { numeric: true });
    new Array(2000).fill('9'.repeat(2000)).map((text, i) => text + i).sort(compare);
    while (true);
    return new Response("ended");
  },
};
