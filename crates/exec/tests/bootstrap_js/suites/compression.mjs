// CompressionStream and DecompressionStream, with the coders of Node.js behind them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Context } from "../harness.mjs";
import { table, throws } from "../tables.mjs";

const PRELUDE = `
  const text = (string) => new TextEncoder().encode(string);
  const through = async (stream, ...chunks) => {
    const writer = stream.writable.getWriter();
    for (const chunk of chunks) writer.write(chunk).catch(() => {});
    writer.close().catch(() => {});
    const pieces = [];
    for await (const piece of stream.readable) pieces.push(...piece);
    return new Uint8Array(pieces);
  };
  const compressed = (format, ...chunks) => through(new CompressionStream(format), ...chunks);
  const back = async (format, ...chunks) =>
    new TextDecoder().decode(await through(new DecompressionStream(format), ...chunks));`;

const rows = [
  ["new CompressionStream()", throws("TypeError")],
  ["new CompressionStream('zip')", throws("TypeError")],
  ["new DecompressionStream('GZIP')", throws("TypeError")],
  ["new DecompressionStream({ toString() { throw new RangeError('x') } })", throws("RangeError")],
  ["CompressionStream('gzip')", throws("TypeError")],
  ["[CompressionStream.length, Object.keys(DecompressionStream.prototype).join()]", [1, "readable,writable"]],
  ["Reflect.get(CompressionStream.prototype, 'readable', new DecompressionStream('gzip'))", throws("TypeError")],
  ["String(new CompressionStream({ toString: () => 'brotli' }))", "[object CompressionStream]"],
];
for (const format of ["brotli", "deflate", "deflate-raw", "gzip"]) {
  const run = (code) => `${PRELUDE} const format = "${format}"; ${code}`;
  rows.push(
    [run("return back(format, await compressed(format, text('ab'), text(''), text('c').buffer, new DataView(text('xdx').buffer, 1, 1)))"), "abcd"],
    [run("return back(format, await compressed(format))"), ""],
    [run("return back(format, await compressed(format, new ArrayBuffer(0)), new Uint8Array(0))"), ""],
    [run("return back(format)"), throws("TypeError")],
    [run("const all = await compressed(format, text('abc')); return back(format, all.subarray(0, all.length - 1))"), throws("TypeError")],
    [run("const all = await compressed(format, text('abc')); return back(format, all, text('x'))"), throws("TypeError")],
    [run("const all = await compressed(format, text('abc')); return back(format, new Uint8Array([...all, 0]))"), throws("TypeError")],
    [run("return back(format, new Uint8Array(9).fill(255))"), throws("TypeError")],
    [run("const buffer = text('gone').buffer; structuredClone(buffer, { transfer: [buffer] }); return back(format, await compressed(format, buffer, text('x')))"), "x"],
    [run("const buffer = new ArrayBuffer(2, { maxByteLength: 9 }); const view = new Uint8Array(buffer); view.fill(97); buffer.resize(3); view[2] = 98; return back(format, await compressed(format, view))"), "aab"],
  );
}
table("compression streams", rows);

for (const bad of ["undefined", "null", "3.14", "{}", "[65]", "'text'"]) {
  table(`what is no BufferSource is refused: ${bad}`, ["CompressionStream", "DecompressionStream"].map((name) => [
    `const stream = new ${name}("gzip");
     const writer = stream.writable.getWriter();
     const outcomes = await Promise.allSettled([stream.readable.getReader().read(), writer.write(${bad}), writer.closed]);
     return outcomes.map(({ reason }) => reason?.name).join();`,
    "TypeError,TypeError,TypeError",
  ]));
}

test("views on shared memory are refused", async () => {
  const context = new Context();
  const result = await context.inRequest(`
    const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const names = [];
    for (const chunk of [buffer, new Uint8Array(buffer), new DataView(buffer)]) {
      const { readable, writable } = new CompressionStream("gzip");
      const writer = writable.getWriter();
      readable.getReader().read().catch(() => {});
      names.push(await writer.write(chunk).catch((error) => error.name));
    }
    return names.join();`);
  assert.equal(result, "TypeError,TypeError,TypeError");
});

test("pieces come as somebody reads them, and stop when nobody does", async () => {
  const context = new Context();
  const result = await context.inRequest(`${PRELUDE}
    const bomb = await compressed("gzip", new Uint8Array(100_000));
    const stream = new DecompressionStream("gzip");
    let written = false;
    const writer = stream.writable.getWriter();
    writer.write(bomb).then(() => { written = true });
    const reader = stream.readable.getReader();
    const lengths = [];
    for (let i = 0; i < 3; i++) lengths.push((await reader.read()).value.length);
    for (let i = 0; i < 50; i++) await null;
    const before = written;
    await reader.cancel("enough");
    return JSON.stringify([lengths, before, await writer.closed.catch((reason) => reason), stream.readable.locked]);`);
  assert.equal(result, JSON.stringify([[1000, 1000, 1000], false, "enough", true]));
  assert.equal([...context.coders.values()].filter((coder) => !coder.compresses).length, 0);
});

test("an abort ends what waits for room", async () => {
  const context = new Context();
  const result = await context.inRequest(`${PRELUDE}
    const bomb = await compressed("gzip", new Uint8Array(100_000));
    const stream = new DecompressionStream("gzip");
    const writer = stream.writable.getWriter();
    const reader = stream.readable.getReader();
    const write = writer.write(bomb).then(() => "written");
    await reader.read();
    const abort = writer.abort("over").then(() => "aborted", (reason) => reason);
    const read = await reader.read().then((result) => result.done, (reason) => reason);
    return JSON.stringify([read, await write, await abort]);`);
  assert.equal(result, JSON.stringify(["over", "written", "aborted"]));
});

test("who reads cannot change what is still to be taken", async () => {
  const context = new Context();
  const result = await context.inRequest(`${PRELUDE}
    const all = await compressed("gzip", new Uint8Array(5_000).fill(97));
    const stream = new DecompressionStream("gzip");
    const writer = stream.writable.getWriter();
    writer.write(all).catch(() => {});
    writer.close().catch(() => {});
    const reader = stream.readable.getReader();
    let read = (await reader.read()).value.length;
    all.fill(0);
    structuredClone(all.buffer, { transfer: [all.buffer] });
    for (let result; !(result = await reader.read()).done;) read += result.value.length;
    return read;`);
  assert.equal(result, 5_000);
});
