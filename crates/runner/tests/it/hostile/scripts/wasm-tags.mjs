// Tags of all kinds.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const kinds = ["i32", "i64", "f32", "f64", "externref"];
    for (let i = 0; ; i++) {
      new WebAssembly.Tag({ parameters: Array.from({ length: 12 }, (_, at) => kinds[Math.floor(i / 5 ** at) % 5]) });
    }
    return new Response("ended");
  },
};
