const text = (string) => new TextEncoder().encode(string);
const through = async (transform, ...chunks) => new Uint8Array(await new Response(new ReadableStream({ start(c) { for (const chunk of chunks) c.enqueue(chunk); c.close() } }).pipeThrough(transform)).arrayBuffer());
const compressed = (format, ...chunks) => through(new CompressionStream(format), ...chunks);
const back = (format, ...chunks) => through(new DecompressionStream(format), ...chunks);
const formats = ["brotli", "deflate", "deflate-raw", "gzip"];
const hex = (string) => Uint8Array.from(string.match(/../g), (digits) => parseInt(digits, 16));

check("shape", () => {
  for (const Class of [CompressionStream, DecompressionStream]) {
    assertEquals([Class.length, Object.keys(Class.prototype).join(), String(new Class("gzip"))], [1, "readable,writable", `[object ${Class.name}]`]);
    for (const bad of [[], ["a"], ["Gzip"], [null], [Symbol()]]) assertThrows(() => new Class(...bad), "TypeError");
    const stream = new Class("deflate"); assert(stream.readable instanceof ReadableStream && stream.writable instanceof WritableStream && stream.readable === stream.readable);
    for (const name of ["readable", "writable"]) assertThrows(() => Reflect.get(Class.prototype, name, {}), "TypeError");
  }
});
check("there and back", async () => {
  const pattern = Uint8Array.from({ length: 300000 }, (_, i) => (i * i) >> 7);
  for (const format of formats) {
    assertEquals(await back(format, await compressed(format)), new Uint8Array(0));
    assertEquals(await back(format, await compressed(format, text("ab"), text("c").buffer, new Uint16Array([25700]), new DataView(text("xex").buffer, 1, 1), new Uint8Array(0))), text("abcdde"));
    const all = await compressed(format, pattern.subarray(0, 7), pattern.subarray(7)); assert(all.length < pattern.length, format);
    const again = await back(format, ...Array.from({ length: all.length / 1000 + 1 }, (_, i) => all.subarray(i * 1000, (i + 1) * 1000)));
    assert(again.length === pattern.length && again.every((byte, i) => byte === pattern[i]), format);
  }
});
check("frames are what others read and write", async () => {
  assertEquals((await compressed("gzip", text("a"))).subarray(0, 4), hex("1f8b0800")); assertEquals((await compressed("deflate", text("a")))[0], 0x78);
  assertEquals(await compressed("deflate-raw", text("a")), hex("4b0400")); assertEquals(await back("brotli", hex("0b028068656c6c6f03")), text("hello"));
  assertEquals(await back("gzip", hex("1f8b08000000000000034bad28484d2e494d51c82f2d29282d0100b00139b30f000000")), text("expected output")); assertEquals(await back("deflate", hex("789c4bad28484d2e494d51c82f2d29282d010030ad0624")), text("expected output"));
});
check("the end must be there, and nothing after it", async () => {
  for (const format of formats) {
    const all = await compressed(format, text("expected output"));
    await assertRejects(back(format), "TypeError"); await assertRejects(back(format, new Uint8Array(0)), "TypeError");
    for (let length = 1; length < all.length; length++) await assertRejects(back(format, all.subarray(0, length)), "TypeError");
    await assertRejects(back(format, new Uint8Array([...all, 0])), "TypeError"); await assertRejects(back(format, all, text("x")), "TypeError"); assertEquals(await back(format, all, new Uint8Array(0)), text("expected output"));
    const { readable, writable } = new DecompressionStream(format); const writer = writable.getWriter(); const reader = readable.getReader();
    writer.write(new Uint8Array([...all, 0])).catch(() => {}); assertEquals((await reader.read()).value, text("expected output")); await assertRejects(reader.read(), "TypeError"); await assertRejects(writer.closed, "TypeError");
  }
});
check("corrupt input", async () => {
  const gzip = await compressed("gzip", text("expected output")); const zlib = await compressed("deflate", text("expected output"));
  const wrong = (all, at, value = all[at] ^ 255) => { const copy = all.slice(); copy[at < 0 ? all.length + at : at] = at < 0 ? all.at(at) ^ 255 : value; return copy };
  for (const at of [0, 1, 2, -1, -5, -8]) await assertRejects(back("gzip", wrong(gzip, at)), "TypeError");
  await assertRejects(back("gzip", wrong(gzip, 3, 0xe0)), "TypeError"); assertEquals(await back("gzip", wrong(gzip, 9, 7)), text("expected output"));
  for (const at of [0, 1, -1]) await assertRejects(back("deflate", wrong(zlib, at)), "TypeError");
  await assertRejects(back("deflate", hex("78bb00000000")), "TypeError"); for (const format of formats) await assertRejects(back(format, new Uint8Array(64).fill(255)), "TypeError");
});
check("bad chunks", async () => {
  const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  for (const Class of [CompressionStream, DecompressionStream]) for (const bad of [undefined, null, 3.14, {}, [65], "text", buffer, new Uint8Array(buffer), new DataView(buffer)]) {
    const { readable, writable } = new Class("gzip"); const writer = writable.getWriter(); const read = readable.getReader().read(); read.catch(() => {});
    await assertRejects(writer.write(bad), "TypeError"); await assertRejects(read, "TypeError"); await assertRejects(writer.closed, "TypeError");
  }
});
check("buffers that change", async () => {
  const gone = text("gone"); structuredClone(gone.buffer, { transfer: [gone.buffer] }); const resizable = new ArrayBuffer(2, { maxByteLength: 10 }); const tracking = new Uint8Array(resizable); resizable.resize(3); tracking.fill(97); const outside = new Uint8Array(resizable, 2, 1);
  assertEquals(await back("gzip", await compressed("gzip", gone, gone.buffer, tracking, resizable)), text("aaaaaa")); resizable.resize(1); assertEquals(await back("gzip", await compressed("gzip", outside, tracking)), text("a"));
});
check("a bomb comes in pieces, as somebody reads them", async () => {
  for (const format of formats) {
    const bomb = await compressed(format, new Uint8Array(1 << 20)); const { readable, writable } = new DecompressionStream(format); const writer = writable.getWriter(); const reader = readable.getReader();
    let written = false; writer.write(bomb).then(() => { written = true }, () => {}); let length = 0;
    for (let i = 0; i < 10; i++) { const { value } = await reader.read(); assert(value.length <= 65536); length += value.length } await sleep(1); assert(!written && length <= 655360);
    await reader.cancel("enough"); assertEquals(await writer.closed.catch((reason) => reason), "enough");
    assertEquals((await back(format, bomb)).length, 1 << 20);
  }
});
check("an abort ends what waits", async () => { const { readable, writable } = new DecompressionStream("gzip"); const writer = writable.getWriter(); const reader = readable.getReader(); const write = writer.write(await compressed("gzip", new Uint8Array(1 << 20))); await reader.read(); const abort = writer.abort(new RangeError("over")); await assertRejects(reader.read(), "RangeError"); await write; await abort });
check("many that are never finished", async () => { for (let i = 0; i < 1100; i++) { const { readable, writable } = new CompressionStream("deflate"); const writer = writable.getWriter(); readable.getReader().read().catch(() => {}); await writer.write(text("a")) } });
