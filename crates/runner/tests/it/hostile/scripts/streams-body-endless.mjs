// An answer that is written faster than anybody reads, and never ends.
// ends: 200, 429 CpuTimeLimit, 429 MemoryLimit, 504 WallClockTimeout

export default {
  async fetch(request, env, context) {
    return new Response(new ReadableStream({ async start(c) { for (;;) { c.enqueue(new Uint8Array(1 << 20)); await null; } } }));
  },
};
