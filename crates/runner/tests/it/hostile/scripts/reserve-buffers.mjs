// Resizable buffers that reserve addresses and use none (lesson 57).
// ends: 429 MemoryLimit, 429 CpuTimeLimit, 500 Exception
// then: fine

export default {
  async fetch(request) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const kept = [];
    while (true) {
      try {
        kept.push(new ArrayBuffer(0, { maxByteLength: 2 ** 40 }));
      } catch {
        kept.push(new ArrayBuffer(1, { maxByteLength: 8192 }));
      }
    }
    return new Response("ended");
  },
};
