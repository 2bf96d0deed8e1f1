// Compressors that are kept.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    globalThis.kept ??= [];
    for (;;) { const stream = new CompressionStream("gzip"); const writer = stream.writable.getWriter(); writer.write(new Uint8Array(1 << 16)); kept.push(writer); await null; }
    return new Response("ended");
  },
};
