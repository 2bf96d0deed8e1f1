// A thousand derivations of a million rounds at a time.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception, 200, 504 WallClockTimeout
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const key = await crypto.subtle.importKey("raw", new Uint8Array(8), "PBKDF2", false, ["deriveBits"]);
    const work = [];
    for (let i = 0; i < 1000; i++) {
      work.push(crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-512", salt: new Uint8Array(8), iterations: 1e6 }, key, 512));
    }
    await Promise.all(work);
    return new Response("ended");
  },
};
