// Microtasks that queue two.
// ends: 429 CpuTimeLimit, 429 MemoryLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const queue = () => {
      queueMicrotask(queue);
      queueMicrotask(queue);
    };
    queue();
    await new Promise(() => {});
    return new Response("ended");
  },
};
