// Microtasks that throw without end.
// ends: 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const queue = () => {
      queueMicrotask(queue);
      throw new Error('x');
    };
    queueMicrotask(queue);
    await new Promise(() => {});
    return new Response("ended");
  },
};
