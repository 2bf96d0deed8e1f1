// What is to be disposed of disposes of more.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const stack = new DisposableStack();
    const again = () => { const more = new DisposableStack(); more.defer(again); more.dispose(); };
    stack.defer(again);
    stack.dispose();
    return new Response("ended");
  },
};
