// A blob of a petabyte is read.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    let blob = new Blob([new Uint8Array(1 << 20)]);
    for (let i = 0; i < 30; i++) blob = new Blob([blob, blob]);
    await blob.arrayBuffer();
    return new Response("ended");
  },
};
