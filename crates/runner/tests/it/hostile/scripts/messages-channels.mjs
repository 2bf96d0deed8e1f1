// Channels without end.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    globalThis.kept ??= [];
    for (;;) { const { port1, port2 } = new MessageChannel(); port1.onmessage = () => port1.postMessage(1); port2.postMessage(1); kept.push(port1, port2); }
    return new Response("ended");
  },
};
