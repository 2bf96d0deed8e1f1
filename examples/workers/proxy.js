// Fetches the URL in `?url=` and passes the response on with one more header.

export default {
  async fetch(request) {
    const target = new URL(request.url).searchParams.get('url');
    if (!target) {
      return new Response('Say what to fetch: ?url=https://example.com/\n', { status: 400 });
    }
    let upstream;
    try {
      // The signal ends the fetch when the client of this request goes away.
      upstream = await fetch(target, { signal: request.signal });
    } catch (error) {
      console.warn('cannot fetch', target, error);
      return new Response(`${error.message}\n`, { status: 502 });
    }
    // The headers of a fetched response cannot be changed; those of a new one can.
    const response = new Response(upstream.body, upstream);
    response.headers.set('x-proxied-by', 'isolate-pool');
    return response;
  },
};
