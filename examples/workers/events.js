// The service worker style: a classic script that listens for events instead of exporting handlers.

addEventListener('fetch', (event) => {
  event.respondWith(respond(event.request));
  event.waitUntil(log(event.request));
});

async function respond(request) {
  const body = await request.text();
  return new Response(`${request.method} with ${body.length} characters\n`);
}

async function log(request) {
  console.log('served', request.url);
}
