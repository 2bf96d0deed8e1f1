// An event that dispatches another.
// ends: 429 CpuTimeLimit, 200, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const target = new EventTarget();
    target.addEventListener('x', () => target.dispatchEvent(new Event('x')));
    target.dispatchEvent(new Event('x'));
    return new Response("ended");
  },
};
