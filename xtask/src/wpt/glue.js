// A worker that runs one web platform test and answers with its results.
//
// What a test finds that a worker of a server has not: a location at the tests' own
// server (a worker's is a file), URLs that are relative to it, importScripts, and the
// GLOBAL of that server.
const TEST = { "the test": "is written here" };

// Tests change what is global, and may not put it back.
const { Error, JSON, Promise, Proxy, Reflect, Request, Response, URL, queueMicrotask, setTimeout } = globalThis;
const evaluate = (text, url) => (0, eval)(`${text}\n//# sourceURL=${new URL(url, TEST.location)}`);

const LONGEST_MESSAGE = 300;

export default {
  async fetch() {
    return new Response(await run(), { headers: { "content-type": "application/json" } });
  },
};

function run() {
  return new Promise((resolve) => {
    const tell = (status, message, tests) => resolve(JSON.stringify({ status, message, tests }));
    const fail = (error) => tell(1, describe(error), []);
    try {
      evaluate(TEST.harness, "/resources/testharness.js");
      globalThis.add_completion_callback((tests, status) => {
        tell(status.status, describe(status.message), tests.map(resultOf));
      });
      provide();
      setTimeout(globalThis.timeout, TEST.patience);
      evaluateTest();
    } catch (error) {
      fail(error);
    }
  });
}

function evaluateTest() {
  if (TEST.isWorker) {
    evaluate(TEST.text, TEST.url);
    return;
  }
  // As one script, so that the test sees what is declared by `const` before it.
  evaluate([...TEST.scripts, TEST].map((script) => script.text).join("\n;\n"), TEST.url);
  globalThis.done();
}

const resultOf = ({ name, status, message }) =>
  ({ name: name.toWellFormed(), status, message: describe(message) });

function describe(value) {
  if (value === null || value === undefined) {
    return "";
  }
  try {
    return `${value}`.slice(0, LONGEST_MESSAGE).toWellFormed();
  } catch {
    return "?";
  }
}

function provide() {
  const base = new URL(TEST.location);
  define("location", {
    hash: base.hash,
    host: base.host,
    hostname: base.hostname,
    href: base.href,
    origin: base.origin,
    pathname: base.pathname,
    port: base.port,
    protocol: base.protocol,
    search: base.search,
    toString: () => base.href,
  });
  define("origin", base.origin);
  define("GLOBAL", { isShadowRealm: () => false, isWindow: () => false, isWorker: () => true });
  define("importScripts", importScripts);
  // To those who ask what an interface is exposed in.
  define("DedicatedWorkerGlobalScope", class DedicatedWorkerGlobalScope {
    static [Symbol.hasInstance](value) {
      return value === globalThis;
    }
  });
  if (!("postMessage" in globalThis)) {
    // Results are posted to the page of the test as well; there is none.
    define("postMessage", () => {});
  }

  const absolute = (input) => {
    if (input instanceof Request) {
      return input;
    }
    const text = typeof input === "symbol" ? input : `${input}`;
    return URL.canParse(text) || !URL.canParse(text, base) ? text : new URL(text, base).href;
  };
  const atBase = (list) => (list.length === 0 ? list : [absolute(list[0]), ...list.slice(1)]);
  define("fetch", new Proxy(globalThis.fetch, {
    apply: (target, self, list) => {
      let resolved;
      try {
        resolved = atBase(list);
      } catch (error) {
        return Promise.reject(error);
      }
      return Reflect.apply(target, self, resolved);
    },
  }));
  const LocatedRequest = new Proxy(Request, {
    construct: (target, list, newTarget) =>
      Reflect.construct(target, atBase(list), newTarget === LocatedRequest ? target : newTarget),
  });
  define("Request", LocatedRequest);
  Reflect.defineProperty(Request.prototype, "constructor", hidden(LocatedRequest));
  Reflect.defineProperty(Response, "redirect", {
    ...Reflect.getOwnPropertyDescriptor(Response, "redirect"),
    value: new Proxy(Response.redirect, {
      apply: (target, self, list) => Reflect.apply(target, self, atBase(list)),
    }),
  });
}

const hidden = (value) => ({ configurable: true, enumerable: false, value, writable: true });

function define(name, value) {
  Reflect.defineProperty(globalThis, name, hidden(value));
}

function importScripts(...urls) {
  for (const url of urls) {
    const { pathname } = new URL(url, TEST.location);
    if (pathname === "/resources/testharness.js") {
      continue;
    }
    const text = TEST.imported[pathname.slice(1)];
    if (text === undefined) {
      throw new Error(`importScripts: ${url} was not found`);
    }
    evaluate(text, pathname);
  }
}
