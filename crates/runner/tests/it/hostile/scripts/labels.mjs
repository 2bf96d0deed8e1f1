// A loop that goes on wherever it is left.
// ends: 429 CpuTimeLimit
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    outer: for (;;) {
      try {
        for (;;) {
          try {
            break outer;
          } finally {
            continue outer;
          }
        }
      } finally {
        continue outer;
      }
    }
    return new Response("ended");
  },
};
