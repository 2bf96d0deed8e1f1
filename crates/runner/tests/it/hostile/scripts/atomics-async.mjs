// Waits that nobody ends.
// ends: 500 Exception, 500 NeverResponds, 504 WallClockTimeout, 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const array = new Int32Array(buffer);
    const waits = [];
    for (let i = 0; i < 1e4; i++) {
      waits.push(Atomics.waitAsync(array, 0, 0, 1e8).value);
    }
    await Promise.all(waits);
    return new Response("ended");
  },
};
