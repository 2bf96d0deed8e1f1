// What is compressed is compressed again.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception, 504 WallClockTimeout
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const stream = new CompressionStream("deflate"), writer = stream.writable.getWriter(), reader = stream.readable.getReader();
    writer.write(crypto.getRandomValues(new Uint8Array(65536)));
    for (;;) writer.write((await reader.read()).value);
    return new Response("ended");
  },
};
