// A revoked Proxy, thrown.
// ends: 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const { proxy, revoke } = Proxy.revocable(new Error('x'), {});
    revoke();
    throw proxy;
    return new Response("ended");
  },
};
