// A task handler: a unit of background work whose return value, any JSON, goes back to the caller. The
// fetch handler offers the same work over HTTP.

export default {
  task(event) {
    return summarize(event.payload);
  },

  async fetch(request) {
    if (request.method !== 'POST') {
      return new Response('POST an array of numbers\n', { status: 405, headers: { allow: 'POST' } });
    }
    try {
      return Response.json(summarize(await request.json()));
    } catch (error) {
      return Response.json({ error: error.message }, { status: 400 });
    }
  },
};

function summarize(numbers) {
  if (!Array.isArray(numbers) || numbers.length === 0 || !numbers.every(Number.isFinite)) {
    throw new TypeError('expected a non-empty array of numbers');
  }
  const sum = numbers.reduce((a, b) => a + b, 0);
  return { count: numbers.length, sum, mean: sum / numbers.length, max: Math.max(...numbers) };
}
