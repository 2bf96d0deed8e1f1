// A timer that starts two.
// ends: 429 CpuTimeLimit, 500 Exception, 429 MemoryLimit, 504 WallClockTimeout
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const start = () => {
      setTimeout(start);
      setTimeout(start);
    };
    start();
    await new Promise(() => {});
    return new Response("ended");
  },
};
