const all = (p) => [...p];
check("constructors", () => {
  assertEquals(all(new URLSearchParams("?a=1&a=2&b=%20+%26&c")), [["a", "1"], ["a", "2"], ["b", "  &"], ["c", ""]]);
  assertEquals(all(new URLSearchParams([["a", "b"], ["a", 1]])), [["a", "b"], ["a", "1"]]);
  assertEquals(all(new URLSearchParams({ a: "b", c: null })), [["a", "b"], ["c", "null"]]);
  assertEquals(all(new URLSearchParams(new URLSearchParams("x=y"))), [["x", "y"]]);
  assertEquals(all(new URLSearchParams(new Map([["k", "v"]]))), [["k", "v"]]);
  assertEquals(all(new URLSearchParams()), []);
  assertThrows(() => new URLSearchParams([["a"]]), "TypeError"); assertThrows(() => new URLSearchParams([1]), "TypeError");
});
check("methods", () => {
  const p = new URLSearchParams("a=1&b=2&a=3");
  assertEquals([p.get("a"), p.get("z"), p.getAll("a"), p.has("b"), p.has("a", "3"), p.has("a", "9"), p.size], ["1", null, ["1", "3"], true, true, false, 3]);
  p.set("a", "x"); p.append("c", "ü&="); assertEquals(`${p}`, "a=x&b=2&c=%C3%BC%26%3D");
  p.append("a", "y"); p.delete("a", "x"); assertEquals(p.toString(), "b=2&c=%C3%BC%26%3D&a=y");
  p.sort(); assertEquals([...p.keys()], ["a", "b", "c"]);
});
check("sort is stable and by code units", () => {
  const p = new URLSearchParams("z=1&\u{10000}=2&\uffff=3&z=0"); p.sort();
  assertEquals([...p], [["z", "1"], ["z", "0"], ["\u{10000}", "2"], ["\uffff", "3"]]);
});
check("iteration is live", () => {
  const p = new URLSearchParams("a=1&b=2&c=3"); const seen = [];
  for (const [k] of p) { seen.push(k); if (k === "a") p.delete("a") }
  assertEquals(seen, ["a", "c"]);
  const log = []; p.forEach((v, k, o) => log.push(v, k, o === p)); assertEquals(log, ["2", "b", true, "3", "c", true]);
  assertEquals([[...p.entries()], [...p.values()]], [[["b", "2"], ["c", "3"]], ["2", "3"]]);
});
check("encoding", () => {
  assertEquals(new URLSearchParams({ a: "~!'()*-._ \n%" }).toString(), "a=%7E%21%27%28%29*-._+%0A%25");
  assertEquals(new URLSearchParams("%ff=%zz&\ud800").toString(), "%EF%BF%BD=%25zz&%EF%BF%BD=");
});
