// A listener that adds listeners.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 200
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const target = new EventTarget();
    const add = () => {
      for (let i = 0; i < 100; i++) target.addEventListener('x', add.bind());
    };
    add();
    while (true) target.dispatchEvent(new Event('x'));
    return new Response("ended");
  },
};
