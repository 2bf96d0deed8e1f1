// A Proxy whose traps never return, logged.
// ends: 200
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const loop = () => {
      while (true);
    };
    console.log(new Proxy({}, { ownKeys: loop, get: loop, getPrototypeOf: loop, getOwnPropertyDescriptor: loop }));
    return new Response("ended");
  },
};
