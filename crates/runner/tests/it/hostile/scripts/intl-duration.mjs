// Formats of durations that are kept.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    globalThis.kept ??= [];
    for (;;) { const format = new Intl.DurationFormat("de", { style: "long" }); format.format({ hours: 1e6 }); kept.push(format); }
    return new Response("ended");
  },
};
