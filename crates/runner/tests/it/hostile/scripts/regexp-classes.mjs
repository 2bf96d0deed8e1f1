// Classes of all of Unicode.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    for (let i = 0; ; i++) {
      new RegExp(`[\\p{L}--[a-z${String.fromCodePoint(0x400 + (i % 100))}]]+$`, 'v').test('ж'.repeat(1e4));
    }
    return new Response("ended");
  },
};
