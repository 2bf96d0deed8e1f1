// A worker that is a directory: `stats/index.js` is mounted at `/stats/`. Counts the requests that its
// context has seen, so it shows how long a context lives.

const started = Date.now();
let requests = 0;

export default {
  fetch(request, env) {
    requests += 1;
    return Response.json({
      requests,
      contextAgeMs: Date.now() - started,
      environment: Object.keys(env).sort(),
    });
  },
};
