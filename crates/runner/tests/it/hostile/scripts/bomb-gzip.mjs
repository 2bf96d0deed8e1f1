// A bomb of gzip in memory, read as a whole, many at a time.
// ends: 429 MemoryLimit, 429 CpuTimeLimit, 500 Exception
// then: fine

export default {
  async fetch(request) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const zeros = new ReadableStream({
      start(controller) { this.left = 256; },
      pull(controller) { this.left-- > 0 ? controller.enqueue(new Uint8Array(1 << 20)) : controller.close(); },
    });
    const bomb = await new Response(zeros.pipeThrough(new CompressionStream("gzip"))).bytes();
    const read = () => new Response(new Blob([bomb]).stream().pipeThrough(new DecompressionStream("gzip"))).bytes();
    await Promise.all(Array.from({ length: 100 }, read));
    return new Response("read");
  },
};
