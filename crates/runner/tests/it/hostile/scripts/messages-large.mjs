// Messages that wait, and are large.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception, 504 WallClockTimeout
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const { port1 } = new MessageChannel(), text = "x".repeat(1 << 20);
    for (let i = 0; ; i++) port1.postMessage(text + i);
    return new Response("ended");
  },
};
