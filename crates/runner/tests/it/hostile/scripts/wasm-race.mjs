// A compilation that a timer must not win against for ever (lesson 52).
// ends: 200
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const timer = new Promise((resolve) => setTimeout(resolve, 5000, 'timer'));
    const first = await Promise.race([WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 9, 1, 7, 0, 3, 64, 12, 0, 11, 11])), timer]);
    if (first === 'timer') throw new Error('the timer came first');
    return new Response("ended");
  },
};
