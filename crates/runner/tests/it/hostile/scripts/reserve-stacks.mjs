// Wasm calls that wait for ever, each on a stack of its own (lesson 57).
// ends: 429 MemoryLimit, 429 CpuTimeLimit, 500 Exception
// then: fine

export default {
  async fetch(request) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const waiting = new WebAssembly.Suspending(() => new Promise(() => {}));
    const module = new WebAssembly.Module(
      new Uint8Array([
        0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 97, 1, 98, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 1, 10, 6,
        1, 4, 0, 16, 0, 11,
      ]),
    );
    const call = WebAssembly.promising(new WebAssembly.Instance(module, { a: { b: waiting } }).exports.f);
    const kept = [];
    while (true) {
      kept.push(call());
    }
    return new Response("ended");
  },
};
