// A promise that all requests share, whose first caller goes away (lesson 51).
// ends: 200
// abandons: 2
// requests: 2
// then: fine

let promise = null;

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    promise ??= fetch(`${env.STUB}/slow`)
      .then((response) => response.text())
      .finally(() => {
        promise = null;
      });
    await promise.catch(() => {});
    return new Response("ended");
  },
};
