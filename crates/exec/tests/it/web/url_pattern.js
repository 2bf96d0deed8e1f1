const TEXTS = ["protocol", "username", "password", "hostname", "port", "pathname", "search", "hash"];
const texts = (p) => TEXTS.map((name) => p[name]);
check("a pattern of a string", () => {
  assertEquals(texts(new URLPattern("https://*.example.com:8080/a/:id\\?q=*#h")), ["https", "*", "*", "*.example.com", "8080", "/a/:id", "q=*", "h"]);
  assertEquals(texts(new URLPattern("/a", "https://example.com/b?c")), ["https", "*", "*", "example.com", "", "/a", "*", "*"]);
  assertThrows(() => new URLPattern("/a"), "TypeError"); assertThrows(() => new URLPattern("/a", "nonsense"), "TypeError"); assertThrows(() => new URLPattern("https://[", {}), "TypeError");
});
check("a pattern of a dictionary", () => {
  assertEquals(texts(new URLPattern({ pathname: "/a/:b" })), ["*", "*", "*", "*", "*", "/a/:b", "*", "*"]); assertEquals(texts(new URLPattern()), TEXTS.map(() => "*"));
  assertEquals(texts(new URLPattern({ baseURL: "https://example.com/x/", pathname: "y" })), ["https", "*", "*", "example.com", "", "/x/y", "*", "*"]);
  assertEquals(new URLPattern({ protocol: "https", port: "443" }).port, ""); assertEquals(new URLPattern({ hostname: "EXAMPLE.com" }).hostname, "example.com"); assertEquals(new URLPattern({ pathname: "/ä" }).pathname, "/%C3%A4");
  assertThrows(() => new URLPattern({}, "https://example.com"), "TypeError"); assertThrows(() => new URLPattern({ pathname: "/(" }), "TypeError"); assertThrows(() => new URLPattern({ pathname: "/:a/:a" }), "TypeError"); assertThrows(() => new URLPattern({ pathname: "/([)" }), "TypeError");
  assertThrows(() => new URLPattern({ port: "x" }), "TypeError"); assertThrows(() => URLPattern(), "TypeError"); assertThrows(() => new URLPattern("https://a/", "https://b/", 5), "TypeError"); assertThrows(() => new URLPattern("a".repeat(1e5), "http://a/"), "TypeError");
});
check("test", () => {
  const p = new URLPattern({ pathname: "/books/:id(\\d+)" }); assertEquals([p.test("https://a/books/12"), p.test("https://a/books/x"), p.test("/books/1", "https://a"), p.test("nonsense"), p.test({ pathname: "/books/1" }), p.test({ pathname: "/books/" }), p.hasRegExpGroups], [true, false, true, false, true, false, true]);
  assertEquals([new URLPattern({ pathname: "/A" }, { ignoreCase: true }).test("https://a/a"), new URLPattern("/A", "https://a", { ignoreCase: true }).test("https://a/a"), new URLPattern({ pathname: "/A" }).test("https://a/a"), new URLPattern({ pathname: "/:a" }).hasRegExpGroups], [true, true, false, false]);
  assertThrows(() => p.test({ pathname: "/" }, "https://a"), "TypeError"); assertEquals(new URLPattern("data\\:*").test("data:text/plain"), true);
  const lookahead = new URLPattern({ pathname: "/((?!no).*)" }); assertEquals([lookahead.test("https://a/yes"), lookahead.test("https://a/no")], [true, false]);
});
check("exec", () => {
  const p = new URLPattern({ hostname: "*.example.com", pathname: "/:a{/:b}?" }); const r = p.exec("https://x.y.example.com/1");
  assertEquals([r.inputs, r.hostname.input, r.hostname.groups[0], r.pathname.groups.a, "b" in r.pathname.groups, r.pathname.groups.b, r.protocol.input, r.search.input, r.hash.groups[0]], [["https://x.y.example.com/1"], "x.y.example.com", "x.y", "1", true, undefined, "https", "", ""]);
  assertEquals(Object.keys(r), ["inputs", ...TEXTS]); assertEquals(p.exec("https://example.org/"), null); assertEquals(p.exec("/q", "https://z.example.com").inputs, ["/q", "https://z.example.com"]);
  assertEquals(p.exec({ hostname: "u.example.com", pathname: "/v/w" }).inputs[0], { hostname: "u.example.com", pathname: "/v/w" }); assertEquals(p.exec(new URL("https://z.example.com/a/b?c#d")).pathname.groups, { a: "a", b: "b" });
});
check("the interface", () => {
  const p = new URLPattern("https://a/"); assertEquals([String(p), Object.keys(URLPattern.prototype).sort(), URLPattern.length, p.test.length], ["[object URLPattern]", [...TEXTS, "exec", "hasRegExpGroups", "test"].sort(), 0, 0]);
  assertThrows(() => URLPattern.prototype.protocol, "TypeError"); assertThrows(() => structuredClone(p), "DataCloneError");
});
