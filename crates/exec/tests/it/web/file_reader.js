const TYPES = ["loadstart", "progress", "load", "abort", "error", "loadend"];
// Reads, and gives the reader with the events that it has had.
const read = (how, blob, ...rest) => new Promise((resolve) => {
  const reader = new FileReader();
  const events = [];
  for (const type of TYPES) reader[`on${type}`] = (event) => { events.push([event.type, event.loaded, event.total]); if (type === "loadend") resolve({ reader, events }) };
  reader[how](blob, ...rest);
});

check("shape", () => {
  assertEquals([FileReader.EMPTY, FileReader.prototype.LOADING, FileReader.DONE, FileReader.length, FileReader.prototype.readAsText.length], [0, 1, 2, 0, 1]);
  const reader = new FileReader(); assert(reader instanceof EventTarget); assertEquals([reader.readyState, reader.result, reader.error, reader.onload], [0, null, null, null]);
  for (const name of ["readyState", "result", "onload"]) assertThrows(() => Reflect.get(FileReader.prototype, name, {}), "TypeError");
  for (const given of [[], [null], ["text"], [{}]]) assertThrows(() => reader.readAsText(...given), "TypeError");
});
check("results", async () => {
  const blob = new Blob(["\u00e4b"], { type: "text/plain" });
  const { reader, events } = await read("readAsArrayBuffer", blob.slice(1)); assertEquals(reader.result, new Uint8Array([0xa4, 98]).buffer); assertEquals(reader.readyState, 2);
  assertEquals(events, [["loadstart", 0, 2], ["progress", 2, 2], ["load", 2, 2], ["loadend", 2, 2]]);
  assertEquals((await read("readAsBinaryString", blob)).reader.result, "\u00c3\u00a4b");
  assertEquals((await read("readAsDataURL", blob.slice(2, 3, "x/y"))).reader.result, "data:x/y;base64,Yg==");
  assertEquals((await read("readAsDataURL", new Blob())).reader.result, "data:application/octet-stream;base64,");
  assertEquals((await read("readAsText", new Blob())).events, [["loadstart", 0, 0], ["load", 0, 0], ["loadend", 0, 0]]);
});
check("encodings", async () => {
  const text = async (bytes, type, label) => (await read("readAsText", new Blob([new Uint8Array(bytes)], { type }), label)).reader.result;
  assertEquals([await text([0xc3, 0xa4]), await text([0xe4], "", "latin1"), await text([0xe4], "a/b;charset=iso-8859-1"), await text([0xc3, 0xa4], "a/b;charset=nonsense", "nonsense")], ["\u00e4", "\u00e4", "\u00e4", "\u00e4"]);
  assertEquals([await text([0xff, 0xfe, 97, 0], "", "utf-8"), await text([0xfe, 0xff, 0, 97]), await text([0xef, 0xbb, 0xbf, 97], "", "latin1")], ["a", "a", "a"]);
});
check("one at a time", async () => {
  const reader = new FileReader(); const seen = []; reader.readAsText(new Blob(["a"])); assertEquals(reader.readyState, 1); assertThrows(() => reader.readAsText(new Blob()), "InvalidStateError");
  await new Promise((resolve) => { reader.onload = () => { seen.push(reader.result); Promise.resolve().then(() => seen.push("microtask")); if (seen.length === 1) reader.readAsText(new Blob(["b"])) }; reader.onloadend = () => { seen.push("end"); resolve() } });
  // One end: the first reading had a successor by then.
  assertEquals(seen, ["a", "microtask", "b", "microtask", "end"]);
});
check("abort", async () => {
  const reader = new FileReader(); reader.abort(); assertEquals(reader.readyState, 0); const seen = []; for (const type of TYPES) reader.addEventListener(type, (event) => seen.push(event.type));
  reader.readAsText(new Blob(["a"])); reader.abort(); assertEquals([reader.readyState, reader.result, reader.error.name], [2, null, "AbortError"]); await new Promise((resolve) => setTimeout(resolve, 5)); assertEquals(seen, ["abort", "loadend"]);
});
check("ProgressEvent", () => {
  const event = new ProgressEvent("x", { lengthComputable: 1, loaded: 2.5, total: "7" }); assertEquals([event.type, event.lengthComputable, event.loaded, event.total], ["x", true, 2.5, 7]); assertEquals([new ProgressEvent("x").lengthComputable, new ProgressEvent("x").total], [false, 0]); assertThrows(() => new ProgressEvent(), "TypeError");
});
