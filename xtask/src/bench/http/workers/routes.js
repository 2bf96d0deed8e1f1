// A router as small ones are: one regular expression for each of 50 routes, tried in turn.
const ROUTES = Array.from({ length: 50 }, (_, number) => ({
  method: 'GET',
  pattern: new RegExp(`^/api/resource${number}/([^/]+)/items/([^/]+)$`),
  answer: ([, id, item]) => `${number} ${id} ${item}`,
}));

export default {
  fetch(request) {
    const { pathname } = new URL(request.url);
    for (const { method, pattern, answer } of ROUTES) {
      const found = method === request.method && pattern.exec(pathname);
      if (found) return new Response(answer(found));
    }
    return new Response('no such route', { status: 404 });
  },
};
