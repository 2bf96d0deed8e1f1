// All words of a long text.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    [...new Intl.Segmenter('th', { granularity: 'word' }).segment('ภาษาไทย '.repeat(1e5))];
    return new Response("ended");
  },
};
