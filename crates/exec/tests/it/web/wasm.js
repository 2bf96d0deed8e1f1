const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 116, 119, 111, 0, 0, 10, 6, 1, 4, 0, 65, 2, 11]);
const answer = (body, type = "application/wasm", status = 200) => new Response(body, { status, headers: { "content-type": type } });
check("a module from a response", async () => {
  const module = await WebAssembly.compileStreaming(Promise.resolve(answer(bytes))); assertEquals([module instanceof WebAssembly.Module, new WebAssembly.Instance(module).exports.two()], [true, 2]);
  const streamed = new ReadableStream({ start(c) { for (const byte of bytes) c.enqueue(new Uint8Array([byte])); c.close() } });
  const { instance } = await WebAssembly.instantiateStreaming(answer(streamed), {}); assertEquals(instance.exports.two(), 2);
  const trapped = await WebAssembly.instantiateStreaming(answer(bytes), undefined); assert(trapped.module instanceof WebAssembly.Module);
});
check("what is none", async () => {
  for (const source of [undefined, bytes, {}, answer(bytes, "text/plain"), answer(bytes, "application/wasm; charset=x"), answer(bytes, "application/wasm", 404), Response.error(), await fetch("http://x/")]) await assertRejects(WebAssembly.compileStreaming(source), "TypeError");
  await assertRejects(WebAssembly.compileStreaming(), "TypeError"); await assertRejects(WebAssembly.compileStreaming(answer(new Uint8Array(3))), "CompileError");
  await assertRejects(WebAssembly.instantiateStreaming(answer(bytes), 5), "TypeError"); await assertRejects(WebAssembly.compileStreaming(Promise.reject(new RangeError())), "RangeError");
  const used = answer(bytes); await used.text(); await assertRejects(WebAssembly.compileStreaming(used), "TypeError");
});
