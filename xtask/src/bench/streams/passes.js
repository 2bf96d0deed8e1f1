// A body that is only passed on, either way.
export default {
  fetch(request) {
    const url = `http://ORIGIN${new URL(request.url).pathname}`;
    if (request.method === 'GET') return fetch(url);
    return fetch(url, { method: 'POST', body: request.body, duplex: 'half' });
  },
};
