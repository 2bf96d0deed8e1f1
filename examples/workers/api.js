// A JSON API: a route table, validation, 404 and 405. The items live in a global, so they last as long as
// the worker's context does (`--reuse warm`), and every isolate of the worker has its own.

const items = new Map();
let nextId = 1;

const routes = [
  { pattern: /^\/items$/, GET: listItems, POST: createItem },
  { pattern: /^\/items\/(\d+)$/, GET: readItem, PUT: replaceItem, DELETE: deleteItem },
];

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    for (const { pattern, ...methods } of routes) {
      const match = pattern.exec(pathname);
      if (!match) continue;
      const handler = Object.hasOwn(methods, request.method) && methods[request.method];
      if (!handler) {
        return fail(405, 'method not allowed', { allow: Object.keys(methods).join(', ') });
      }
      return handler(request, Number(match[1]));
    }
    return fail(404, 'no such route');
  },
};

function listItems() {
  return Response.json([...items.values()]);
}

async function createItem(request) {
  const { error, name } = await readName(request);
  if (error) return fail(400, error);
  const item = { id: nextId++, name };
  items.set(item.id, item);
  return Response.json(item, { status: 201, headers: { location: `items/${item.id}` } });
}

function readItem(_request, id) {
  return items.has(id) ? Response.json(items.get(id)) : fail(404, 'no such item');
}

async function replaceItem(request, id) {
  if (!items.has(id)) return fail(404, 'no such item');
  const { error, name } = await readName(request);
  if (error) return fail(400, error);
  const item = { id, name };
  items.set(id, item);
  return Response.json(item);
}

function deleteItem(_request, id) {
  return items.delete(id) ? new Response(null, { status: 204 }) : fail(404, 'no such item');
}

// The body must be `{"name": "..."}`.
async function readName(request) {
  let body;
  try {
    body = await request.json();
  } catch {
    return { error: 'the body is not JSON' };
  }
  const name = body?.name;
  if (typeof name !== 'string' || name === '' || name.length > 100) {
    return { error: 'name must be a string of 1 to 100 characters' };
  }
  return { name };
}

function fail(status, error, headers = {}) {
  return Response.json({ error }, { status, headers });
}
