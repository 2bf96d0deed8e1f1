// Keys of RSA, as large as may be, without end.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception, 200, 504 WallClockTimeout
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const work = [];
    for (let i = 0; i < 500; i++) {
      work.push(crypto.subtle.generateKey({ name: "RSA-PSS", hash: "SHA-256", modulusLength: 8192, publicExponent: new Uint8Array([1, 0, 1]) }, true, ["sign", "verify"]));
    }
    await Promise.all(work);
    return new Response("ended");
  },
};
