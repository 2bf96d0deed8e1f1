// The classes of internal/async_context.js with V8's own continuations. Gets the internals, as code of request 7;
// returns what comes to be when the microtasks have run.
(function (internals) {
  "use strict";
  const { AsyncLocalStorage, AsyncResource, currentRequest } = internals.asyncContext;
  const { queueMicrotask } = internals.globals;
  const als = new AsyncLocalStorage();
  const other = new AsyncLocalStorage();
  const seen = [];
  const see = (what) => seen.push([what, als.getStore() ?? null, currentRequest()]);

  let open;
  const gate = new Promise((resolve) => {
    open = resolve;
  });
  let kept;
  const thenable = {
    then(resolve) {
      see("then");
      kept = resolve;
    },
  };
  als.run(1, () => {
    gate.then(() => see("reaction"));
    gate.finally(() => see("finally"));
    queueMicrotask(() => see("microtask"));
    (async () => {
      see("begin");
      await gate;
      see("await");
      await other.run("other", async () => {
        await null;
        see("nested");
      });
      see("afterwards");
    })();
    (async () => {
      await thenable;
      see("thenable");
    })();
    (async () => {
      async function* generator() {
        await gate;
        see("generator");
        yield 1;
      }
      for await (const _ of generator()) see("loop");
    })();
    Promise.reject(1).catch(() => see("catch"));
  });
  // V8 goes on for the second `next()` without what it keeps.
  async function* queued() {
    yield 1;
    seen.push(["queued", null, currentRequest()]);
    await null;
    als.run(6, () => see("queued, in a storage"));
  }
  const generator = queued();
  generator.next();
  generator.next();
  const resource = als.run(2, () => new AsyncResource("test"));
  const snapshot = als.run(3, () => AsyncLocalStorage.snapshot());
  als.run(4, () => {
    open();
    gate.then(() => {
      kept();
      resource.runInAsyncScope(see, undefined, "resource");
      snapshot(see, "snapshot");
      see("back");
    });
  });
  als.enterWith(5);
  see("entered");
  Promise.resolve().then(() => see("after entering"));
  als.disable();
  see("disabled");
  return seen;
})
