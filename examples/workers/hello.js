// The smallest useful worker: greets whoever the path names.

export default {
  fetch(request) {
    const { pathname } = new URL(request.url);
    let name;
    try {
      name = decodeURIComponent(pathname.slice(1)) || 'world';
    } catch {
      return new Response('That path is not valid percent-encoding.\n', { status: 400 });
    }
    return new Response(`Hello, ${name}!\n`);
  },
};
