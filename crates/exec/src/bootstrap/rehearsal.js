// The first request of a worker, played while the snapshot is built. V8 compiles a
// function when it is called for the first time, and what it has compiled by then is in
// the snapshot: isolates need not do it again. This happens in a context of its own,
// of which nothing else remains, with a host that does nothing.
(function () {
  "use strict";
  let current = 0;
  let timer;
  let operation;

  // A function for each name.
  function host(names) {
    const functions = { __proto__: null };
    for (const name of names) {
      functions[name] = () => undefined;
    }
    functions.currentRequest = () => current;
    functions.fetchStart = (_request, id) => {
      operation = id;
    };
    functions.partOf = () => -1;
    functions.timerStart = (_request, id) => {
      timer = id;
      return 0;
    };
    return functions;
  }

  const HEADERS = "host\na.test\naccept\n*/*\ncontent-type\ntext/plain\n";

  const handlers = [
    () => new Response("hello"),
    async (request, env, context) => {
      const { headers, method, url } = request;
      const seen = { env: Object.keys(env), method, url };
      for (const [name, value] of headers) {
        seen[name] = value;
      }
      context.waitUntil(Promise.resolve(headers.get("accept")));
      const response = Response.json(seen, { status: 201, headers: { "x-a": "1" } });
      response.headers.set("x-b", headers.has("x-b") ? "2" : "3");
      response.headers.append("set-cookie", "a=b");
      return response;
    },
    async (request) => {
      await new Promise((resolve) => {
        setTimeout(resolve, 1);
      });
      const response = await fetch(request);
      return new Response(response.body, response);
    },
    (request) => {
      const headers = new Headers([["x-a", "1"]]);
      headers.delete("x-b");
      return new Response(new Uint8Array(1), { status: request.body === null ? 200 : 404, headers });
    },
  ];

  // A promise.
  async function play(entryPoints) {
    // V8 has none in a snapshot.
    globalThis.WebAssembly ??= { compile() {}, instantiate() {}, validate() {}, Module: class {}, Tag: class {} };
    entryPoints.setup({ NAME: "value" }, 1, [], false);
    entryPoints.bindModule({
      fetch: (request, env, context) => handlers[current - 1](request, env, context),
      scheduled() {},
    }, { __proto__: null });
    for (current = 1; current <= handlers.length; current++) {
      entryPoints.dispatchFetch(current, "GET", "https://a.test/path?query", HEADERS, null);
      await null;
      if (timer !== undefined) {
        entryPoints.fireTimer(timer);
        timer = undefined;
        for (let turns = 0; turns < 10; turns++) {
          await null;
        }
        entryPoints.settleFetch(
          operation, null, 200, "OK", HEADERS, new Uint8Array(1), "https://a.test/", false, false,
        );
      }
      for (let turns = 0; turns < 10; turns++) {
        await null;
      }
      entryPoints.endRequest(current, true);
    }
    entryPoints.dispatchScheduled(current, "* * * * *", 0);
    await null;
    entryPoints.endRequest(current, true);
  }

  return { host, play };
})()
