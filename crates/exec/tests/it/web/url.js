const parts = (u) => [u.protocol, u.username, u.password, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin];
const cases = [
  ["http://user:pass@Example.COM:8080/a/./b/../c%20d?q=1#f", "http://user:pass@example.com:8080/a/c%20d?q=1#f"],
  ["HTTP://a:80/", "http://a/"],
  ["https://a:443", "https://a/"],
  ["http://a/ü?ü#ü", "http://a/%C3%BC?%C3%BC#%C3%BC"],
  ["http://münchen.de/", "http://xn--mnchen-3ya.de/"],
  ["http://0x7f.1/", "http://127.0.0.1/"],
  ["http://[::1]:80/", "http://[::1]/"],
  ["  http://a/\n", "http://a/"],
  ["data:text/plain,hello world", "data:text/plain,hello world"],
  ["mailto:a@b", "mailto:a@b"],
  ["http:\\\\a\\b", "http://a/b"],
  ["blob:http://a/1", "blob:http://a/1"],
];
for (const [input, href] of cases) check(input, () => assertEquals(new URL(input).href, href));
for (const [input, base, href] of [
  ["b", "http://a/x/y", "http://a/x/b"], ["../b", "http://a/x/y/z", "http://a/x/b"], ["//h/p", "https://a/", "https://h/p"],
  ["?q", "http://a/b?c", "http://a/b?q"], ["#h", "http://a/b?c", "http://a/b?c#h"], ["", "http://a/b#c", "http://a/b"], ["/r", "http://a/b/c", "http://a/r"],
]) check(`${input} at ${base}`, () => { assertEquals(new URL(input, base).href, href); assertEquals(new URL(input, new URL(base)).href, href) });
for (const input of ["", "a", "http://", "http://[", "http://a:99999/", "http://a b/", "http://%zz/", "//a"]) check(`invalid ${input}`, () => {
  assertThrows(() => new URL(input), "TypeError"); assertEquals(URL.canParse(input), false); assertEquals(URL.parse(input), null);
});
check("parts", () => assertEquals(parts(new URL("http://u:p@h:81/p?s#f")), ["http:", "u", "p", "h:81", "h", "81", "/p", "?s", "#f", "http://h:81"]));
check("opaque origin", () => assertEquals(new URL("data:x").origin, "null"));
check("setters", () => {
  const u = new URL("http://h/p");
  u.protocol = "https"; u.username = "me"; u.password = "se:cret"; u.hostname = "other"; u.port = "8443"; u.pathname = "a b"; u.search = "x=ü"; u.hash = "end";
  assertEquals(u.href, "https://me:se%3Acret@other:8443/a%20b?x=%C3%BC#end");
  u.port = ""; u.search = ""; u.hash = ""; u.host = "n:1"; assertEquals(u.href, "https://me:se%3Acret@n:1/a%20b");
  u.port = "nonsense"; u.host = ""; u.protocol = "nonsense:"; assertEquals(u.host, "n:1");
  assertThrows(() => { u.href = "nonsense" }, "TypeError");
  assertEquals(u.href, "https://me:se%3Acret@n:1/a%20b");
});
check("searchParams is live", () => {
  const u = new URL("http://h/?a=1&b=2#f"); const p = u.searchParams;
  assert(u.searchParams === p);
  p.append("c", "3 4"); assertEquals(u.href, "http://h/?a=1&b=2&c=3+4#f");
  p.delete("a"); p.delete("b"); p.delete("c"); assertEquals(u.href, "http://h/#f");
  u.search = "?z=9"; assertEquals(p.get("z"), "9"); u.href = "http://k/?y=8"; assertEquals([...p], [["y", "8"]]);
});
check("stringifiers", () => { const u = new URL("http://h"); assertEquals([`${u}`, JSON.stringify(u), u.toJSON()], ["http://h/", '"http://h/"', "http://h/"]) });
check("the rest", () => {
  assertThrows(() => URL("http://a"), "TypeError"); assertThrows(() => new URL(), "TypeError");
  assertEquals(Object.prototype.toString.call(new URL("http://a")), "[object URL]");
  assertEquals(new URL("http://a/\ud800").href, "http://a/%EF%BF%BD");
  assertEquals(URL.canParse("a", "http://b"), true); assertEquals(URL.parse("a", "http://b").href, "http://b/a");
});
