check("they have what they were given", () => {
  const count = new CountQueuingStrategy({ highWaterMark: 4 }); const bytes = new ByteLengthQueuingStrategy({ highWaterMark: "16" });
  assertEquals([count.highWaterMark, count.size(), count.size("x")], [4, 1, 1]); assertEquals([bytes.highWaterMark, bytes.size(new Uint8Array(3)), bytes.size({ byteLength: "q" })], [16, 3, "q"]);
  assertEquals(Object.is(new CountQueuingStrategy({ highWaterMark: -Infinity }).highWaterMark, -Infinity), true);
});
check("the size is one function", () => {
  for (const [Class, length] of [[CountQueuingStrategy, 0], [ByteLengthQueuingStrategy, 1]]) {
    const { size } = new Class({ highWaterMark: 1 }); assert(size === new Class({ highWaterMark: 2 }).size); assertEquals([size.name, size.length, "prototype" in size], ["size", length, false]); assertThrows(() => new size(), "TypeError");
  }
});
check("bad arguments", () => {
  for (const Class of [CountQueuingStrategy, ByteLengthQueuingStrategy]) { for (const init of [undefined, null, {}, 1, { highWaterMark: Symbol() }]) assertThrows(() => new Class(init), "TypeError"); assertThrows(() => Class({ highWaterMark: 1 }), "TypeError"); assertThrows(() => Reflect.get(Class.prototype, "size", {}), "TypeError"); assertThrows(() => Reflect.get(Class.prototype, "highWaterMark", {}), "TypeError") }
});
check("marks and sizes that streams refuse", () => {
  for (const highWaterMark of [-1, NaN, "x"]) { assertThrows(() => new ReadableStream({}, { highWaterMark }), "RangeError"); assertThrows(() => new WritableStream({}, { highWaterMark }), "RangeError"); assertThrows(() => new TransformStream({}, { highWaterMark }), "RangeError"); assertThrows(() => new TransformStream({}, {}, { highWaterMark }), "RangeError") }
  for (const size of [1, "x", null, {}]) { assertThrows(() => new ReadableStream({}, { size }), "TypeError"); assertThrows(() => new WritableStream({}, { size }), "TypeError") }
  for (const bad of [-1, NaN, Infinity]) { let controller; new ReadableStream({ start(c) { controller = c } }, { size: () => bad, highWaterMark: 5 }); assertThrows(() => controller.enqueue(1), "RangeError"); assertEquals(controller.desiredSize, null) }
});
check("a mark without bound, and sizes that are no whole numbers", async () => {
  let controller; const stream = new ReadableStream({ start(c) { controller = c } }, { size: (x) => x, highWaterMark: 0 });
  controller.enqueue(1e-16); controller.enqueue(1); assertEquals(controller.desiredSize, -(1e-16 + 1)); const reader = stream.getReader(); await reader.read(); assertEquals(controller.desiredSize, -(1e-16 + 1 - 1e-16)); await reader.read(); assertEquals(controller.desiredSize, 0);
  const writer = new WritableStream({}, { highWaterMark: Infinity }).getWriter(); writer.write(1); assertEquals(writer.desiredSize, Infinity);
});
