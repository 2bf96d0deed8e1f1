// Resizable buffers that grow to their maximum.
// ends: 429 MemoryLimit, 429 CpuTimeLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const kept = [];
    while (true) {
      const buffer = new ArrayBuffer(1, { maxByteLength: 1 << 24 });
      buffer.resize(1 << 24);
      new Uint8Array(buffer).fill(1);
      kept.push(buffer);
    }
    return new Response("ended");
  },
};
