check("shape", () => {
  const e = new DOMException("m", "AbortError"); assertEquals([e.message, e.name, e.code, e instanceof Error, String(e), Object.prototype.toString.call(e), DOMException.ABORT_ERR, e.ABORT_ERR], ["m", "AbortError", 20, true, "AbortError: m", "[object DOMException]", 20, 20]);
  assertEquals([new DOMException().name, new DOMException().message, new DOMException("a", "Unknown").code], ["Error", "", 0]); assert(e.stack.startsWith("AbortError: m\n"), e.stack); assert(e.stack.includes("worker.js"), e.stack); assert(!Object.hasOwn(e, "message")); assertThrows(() => DOMException("x"), "TypeError");
});
