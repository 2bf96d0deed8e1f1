// A stream that is split again and again.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    let branches = [new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(65536)); } })];
    for (;;) {
      const next = [];
      for (const branch of branches) next.push(...branch.tee());
      branches = next;
      await branches[0].getReader().read().catch(() => {});
    }
    return new Response("ended");
  },
};
