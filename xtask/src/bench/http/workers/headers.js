// Looks at every header of the request, and answers those that are the benchmark's.
export default {
  fetch(request) {
    const headers = new Headers({ 'cache-control': 'no-store', vary: 'accept-encoding' });
    let count = 0;
    for (const [name, value] of request.headers) {
      if (name.startsWith('x-bench-')) {
        headers.set(name, value);
        count++;
      }
    }
    return new Response(`${count} ${request.headers.get('accept-language')}`, { headers });
  },
};
