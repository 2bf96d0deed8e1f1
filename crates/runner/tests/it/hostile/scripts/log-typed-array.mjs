// A large typed array logged: only a hundred elements may be looked at (lesson 55).
// ends: 200
// requests: 3
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    console.log(new Uint8Array(3e6));
    return new Response("ended");
  },
};
