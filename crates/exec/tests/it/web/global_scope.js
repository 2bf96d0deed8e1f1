check("it is a WorkerGlobalScope", () => {
  assertEquals([self === globalThis, self instanceof WorkerGlobalScope, self instanceof EventTarget, typeof global, String(self)], [true, true, true, "undefined", "[object WorkerGlobalScope]"]);
  assertEquals([Object.getPrototypeOf(self) === WorkerGlobalScope.prototype, Object.getPrototypeOf(WorkerGlobalScope.prototype) === EventTarget.prototype], [true, true]);
  assertEquals(["addEventListener", "removeEventListener", "dispatchEvent", "onerror", "isTrusted"].map((name) => Object.hasOwn(self, name)), [false, false, false, false, false]);
  assertEquals(addEventListener, EventTarget.prototype.addEventListener);
  assertThrows(() => new WorkerGlobalScope(), "TypeError");
});
check("event handler attributes", () => {
  const f = () => {};
  for (const name of ["onerror", "onunhandledrejection", "onrejectionhandled"]) {
    assertEquals([self[name], Object.hasOwn(WorkerGlobalScope.prototype, name)], [null, true]);
    self[name] = f; assertEquals([self[name] === f, Object.hasOwn(self, name)], [true, false]);
    self[name] = {}; assertEquals(typeof self[name], "object");
    self[name] = 5; assertEquals(self[name], null);
  }
  onerror = f; assertEquals(self.onerror, f); onerror = null;
  assertThrows(() => Object.create(self).onerror, "TypeError");
});
check("the place of an error", () => {
  let seen; const f = (event) => { seen = event; event.preventDefault() };
  addEventListener("error", f);
  reportError(new RangeError("there"));
  assertEquals([seen.message, seen.filename, seen.lineno > 80, seen.colno, seen.error.name], ["Uncaught RangeError: there", "worker.js", true, 15, "RangeError"]);
  for (const thrown of [1, undefined, null, {}, "text"]) {
    reportError(thrown);
    assertEquals([seen.message.length > 9, seen.filename, seen.lineno > 80, seen.colno > 0, seen.error], [true, "worker.js", true, true, thrown]);
  }
  reportError({ get stack() { throw 1 }, toString() { throw 2 } });
  try { new URL("nonsense") } catch (error) { reportError(error) }
  assertEquals([seen.filename, seen.lineno > 80, seen.error.name], ["worker.js", true, "TypeError"]);
  removeEventListener("error", f);
});
check("onerror gets five arguments, and prevents with true", () => {
  const seen = []; onerror = (...args) => { seen.push(args.length, args[0], args[4]); return true };
  reportError("text"); onerror = null;
  assertEquals(seen, [5, "Uncaught text", "text"]);
});
check("isTrusted", () => {
  const event = new Event("x"); const own = Object.getOwnPropertyDescriptor(event, "isTrusted");
  assertEquals([own.configurable, own.enumerable, typeof own.get, own.set, event.isTrusted], [false, true, "function", undefined, false]);
  let trusted; const controller = new AbortController(); controller.signal.onabort = (e) => { trusted = e.isTrusted }; controller.abort(); assertEquals(trusted, true);
});
check("members are enumerable, interfaces and namespaces are not", () => { for (const name of ["fetch", "atob", "structuredClone", "setTimeout", "crypto", "performance", "caches", "navigator", "location", "self", "scheduler"]) assertEquals(Object.keys(globalThis).includes(name), true); for (const name of ["console", "URL", "Response", "ReadableStream", "Blob", "WebAssembly"]) assertEquals(Object.getOwnPropertyDescriptor(globalThis, name).enumerable, false); });
