// Digests of a large buffer, all at once.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception, 200, 504 WallClockTimeout
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const bytes = new Uint8Array(32 << 20), work = [];
    for (let i = 0; i < 1000; i++) work.push(crypto.subtle.digest("SHA-512", bytes));
    await Promise.all(work);
    return new Response("ended");
  },
};
