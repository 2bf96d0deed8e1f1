const text = (string) => new TextEncoder().encode(string);
const written = async (stream, ...chunks) => {
  const writer = stream.writable.getWriter();
  const writing = (async () => { for (const chunk of chunks) await writer.write(chunk); await writer.close(); })();
  const [all, end] = await Promise.all([new Response(stream.readable).text().catch((e) => e), writing.catch((e) => e)]);
  return [all, end];
};

check("shape", () => {
  assertEquals([IdentityTransformStream.length, FixedLengthStream.length], [0, 1]);
  assert(new FixedLengthStream(1) instanceof IdentityTransformStream && new IdentityTransformStream() instanceof TransformStream);
  assertEquals([String(new FixedLengthStream(1)), String(new IdentityTransformStream())], ["[object FixedLengthStream]", "[object IdentityTransformStream]"]);
  for (const bad of [[], [-1], [NaN], ["x"], [2 ** 60], [10n ** 30n], [Symbol()], [1, 2], [1, { highWaterMark: -1 }]])
    assertThrows(() => new FixedLengthStream(...bad), bad[1]?.highWaterMark === -1 ? "RangeError" : "TypeError");
  assertThrows(() => IdentityTransformStream(), "TypeError");
  class Own extends FixedLengthStream {} assert(new Own(5n).readable instanceof ReadableStream);
});
check("bytes pass as they are", async () => {
  assertEquals((await written(new IdentityTransformStream(), text("a"), text("bc").buffer, "dé", new Uint8Array(0), new DataView(text("xyx").buffer, 1, 1)))[0], "abcdéy");
  for (const chunk of [1, null, {}, ["a"]]) { const [all, end] = await written(new IdentityTransformStream(), chunk); assertEquals([all.name, end.name], ["TypeError", "TypeError"]); }
});
check("what is written may be changed afterwards", async () => {
  const { readable, writable } = new IdentityTransformStream(); const writer = writable.getWriter(); const bytes = text("abc");
  const reader = readable.getReader(); const read = reader.read(); await writer.write(bytes); bytes.fill(0);
  assertEquals((await read).value, text("abc")); assertEquals(bytes.length, 3);
});
check("it can be read into a buffer", async () => {
  const { readable, writable } = new IdentityTransformStream(); const writer = writable.getWriter(); const reader = readable.getReader({ mode: "byob" });
  const writing = (async () => { await writer.write(text("abcde")); await writer.close(); })();
  const first = await reader.read(new Uint8Array(3)); assertEquals(first.value, text("abc"));
  const second = await reader.read(new Uint8Array(3)); assertEquals(second.value, text("de"));
  const end = await reader.read(new Uint8Array(3)); assert(end.done && end.value.length === 0); await writing;
});
check("nothing is taken before somebody reads", async () => {
  const { readable, writable } = new IdentityTransformStream(); let taken = false;
  writable.getWriter().write(text("a")).then(() => { taken = true; }); await new Promise((r) => setTimeout(r, 5)); assert(!taken);
  await readable.getReader().read(); await new Promise((r) => setTimeout(r, 5)); assert(taken);
});
check("both ends hear of a failure", async () => {
  const first = new IdentityTransformStream(); const error = new RangeError("x"); const reader = first.readable.getReader(); const read = reader.read();
  await first.writable.abort(error); assert((await read.catch((e) => e)) === error);
  const second = new IdentityTransformStream(); const writer = second.writable.getWriter(); await second.readable.cancel(error); assert((await writer.write(text("a")).catch((e) => e)) === error);
});
check("the length must be right", async () => {
  assertEquals(await written(new FixedLengthStream(5), text("ab"), "cde"), ["abcde", undefined]); assertEquals(await written(new FixedLengthStream(0n)), ["", undefined]);
  for (const chunks of [[text("abc")], [], [text("abcdef")], [text("abc"), text("def")]]) {
    const [all, end] = await written(new FixedLengthStream(5), ...chunks); assertEquals([all.name, end.name], ["TypeError", "TypeError"]); assert(end.message.startsWith("FixedLengthStream: "), end.message);
  }
});
