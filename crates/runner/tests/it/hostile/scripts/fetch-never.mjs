// An answer that never comes.
// ends: 504 WallClockTimeout
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    await fetch(`${env.STUB}/never`);
    return new Response("ended");
  },
};
