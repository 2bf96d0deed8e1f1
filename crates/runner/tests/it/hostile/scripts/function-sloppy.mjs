// Sloppy code: `with`, `arguments`, and a caller.
// ends: 200, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const found = new Function('o', 'with (o) { return [typeof arguments.callee, this === globalThis, x] }')({ x: 1 });
    if (found.length !== 3) throw new Error('x');
    return new Response("ended");
  },
};
