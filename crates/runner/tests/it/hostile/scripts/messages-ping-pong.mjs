// Two ports that answer each other.
// ends: 429 CpuTimeLimit, 504 WallClockTimeout
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (event) => port1.postMessage(event.data);
    port2.onmessage = (event) => port2.postMessage(event.data);
    port1.postMessage("x".repeat(1 << 20));
    await new Promise(() => {});
    return new Response("ended");
  },
};
