// Blobs of blobs.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    let blob = new Blob(["x".repeat(1 << 20)]);
    for (;;) blob = new Blob([blob, blob, blob.slice(1)]);
    return new Response("ended");
  },
};
