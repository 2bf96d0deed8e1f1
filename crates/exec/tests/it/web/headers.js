check("construction", () => {
  for (const init of [{ A: "1", b: "2" }, [["A", "1"], ["b", "2"]], new Headers({ A: "1", b: "2" }), new Map([["A", "1"], ["b", "2"]])]) assertEquals([...new Headers(init)], [["a", "1"], ["b", "2"]]);
  assertEquals([...new Headers()], []); assertThrows(() => new Headers(null), "TypeError"); assertThrows(() => new Headers([["a"]]), "TypeError"); assertThrows(() => new Headers("a"), "TypeError");
});
check("combining and sorting", () => {
  const h = new Headers([["z", "1"], ["a", "2"], ["Z", "3"]]);
  assertEquals([...h], [["a", "2"], ["z", "1, 3"]]); assertEquals(h.get("Z"), "1, 3"); assertEquals(h.get("nope"), null);
  h.set("z", "only"); h.append("a", "more"); assertEquals([h.get("z"), h.get("a"), h.has("A"), h.has("q")], ["only", "2, more", true, false]);
  h.delete("A"); assertEquals([...h.keys()], ["z"]);
});
check("lesson 42: set-cookie", () => {
  const h = new Headers([["set-cookie", "a=1"], ["x", "y"]]); h.append("Set-Cookie", "b=2");
  assertEquals(h.getSetCookie(), ["a=1", "b=2"]); assertEquals([...h], [["set-cookie", "a=1"], ["set-cookie", "b=2"], ["x", "y"]]); assertEquals(h.get("set-cookie"), "a=1, b=2");
});
check("validation", () => {
  for (const name of ["", "a b", "ü", "a:", "\n", "a\0"]) { assertThrows(() => new Headers([[name, "x"]]), "TypeError"); assertThrows(() => new Headers().get(name), "TypeError") }
  for (const value of ["a\nb", "a\rb", "a\0b", "\u0100"]) assertThrows(() => new Headers([["x", value]]), "TypeError");
  assertEquals(new Headers({ x: " \t trimmed \r\n" }).get("x"), "trimmed"); assertEquals(new Headers({ x: "caf\u00e9" }).get("x"), "caf\u00e9");
});
check("immutable ones", async ({ request }) => {
  assertEquals(request.headers.get("x-incoming"), "yes");
  assertThrows(() => Response.redirect("http://a/").headers.append("a", "b"), "TypeError");
  const fetched = await fetch("http://x/"); assertThrows(() => fetched.headers.set("a", "b"), "TypeError");
  new Headers(request.headers).set("a", "b"); new Request(request).headers.set("a", "b");
});
check("iteration is live", () => {
  const h = new Headers({ a: "1", b: "2", c: "3" }); const seen = [];
  for (const [k] of h) { seen.push(k); if (k === "a") h.delete("b") }
  assertEquals(seen, ["a", "c"]);
});
