import { sameAsNode, sameNames } from "../../node_module.mjs";

const ENCODINGS = [
  "utf8", "UTF-8", "hex", "base64", "base64url", "latin1", "binary", "ascii", "ucs2", "utf16le", "UCS-2", "utf-16le",
];
const TEXTS = [
  "", "a", "abc", "h\u00e9llo w\u00f6rld", "\u20ac\ud83d\ude00x", "\ud800", "616263", "YWJj", "YW_-", "Zm9v==", "00ff7",
  "YQ==YQ==", "=YWJj", "a b\nc d", "YWJjZ", "0x", "zz",
];
// A row for all encodings and texts at once: what each gives, or fails with.
const all = (expression) => `
  const { Buffer } = m;
  const tried = (f) => { try { return f(); } catch (e) { return [e.name, e.code, e.message.replace(/Received[^]*/, "")]; } };
  return ${JSON.stringify(ENCODINGS)}.map((e) => ${JSON.stringify(TEXTS)}.map((s) => tried(() => ${expression})));`;

sameNames("buffer");

sameAsNode("texts as bytes", "buffer", [
  all("Buffer.from(s, e)"), all("Buffer.byteLength(s, e)"), all("Buffer.alloc(10, s, e)"),
  all("{ const b = Buffer.alloc(7, 1); return [b.write(s, e), b.write(s, 3, e), b.write(s, 1, 3, e), b]; }".replace(/^\{(.*)\}$/, "(() => {$1})()")),
  all("Buffer.from('abcabcabc h\\u00e9llo').indexOf(s, 1, e)"),
  all("Buffer.from('a\\0b\\0c\\0abcabcabc h\\u00e9llo').lastIndexOf(s, e)"),
  all("Buffer.from([0, 1, 127, 128, 200, 255, 0xe2, 0x82, 0xac, 0xe2, 0x82]).toString(e)"),
  all("Buffer.from(Buffer.from(s, e).toString(e), e).equals(Buffer.from(s, e))"),
]);

// Expressions of `B`, each of which may fail.
const rows = (title, lines) => sameAsNode(title, "buffer", [`
  const B = m.Buffer;
  const tried = (f) => { try { const v = f(); return v === undefined ? "undefined" : v; } catch (e) { return [e.name, e.code, e.message.replace(/4294967296|9007199254740991/, "MAX")]; } };
  return [${lines.trim().split("\n").map((line) => `tried(() => (${line}))`).join(",\n")}];`]);

rows("Buffer.from", `
B.from([1, 2.7, -1, 257, "5", null, "x"])
B.from({ length: 3, 0: 1, 1: 2 })
B.from({ length: "3" })
B.from({ type: "Buffer", data: [1, 2, 300] })
B.from(new String("abc"))
B.from({ [Symbol.toPrimitive]() { return "abc"; } })
B.from({ valueOf() { return "xyz"; } })
B.from(Object.create(null))
B.from({})
B.from(null)
B.from(undefined)
B.from(5)
B.from(true)
B.from(Symbol("a"))
B.from(() => 1)
B.from(10n)
B.from("a", "nope")
B.from("abc", 5)
B.from(new Uint16Array([1, 256, 65535]))
B.from(new ArrayBuffer(4), 1, 2)
B.from(new ArrayBuffer(4), 1)
B.from(new ArrayBuffer(4), 5)
B.from(new ArrayBuffer(4), 1, 9)
B.from(new ArrayBuffer(4), "x", "y")
B.from(new ArrayBuffer(4), -1)
B.from(B.from("abc"))
B.from(new Set([1]))
B.of(1, 2, 300)
B.copyBytesFrom(new Uint16Array([1, 2, 3]), 1, 1)
B.copyBytesFrom(new Uint16Array([1, 2, 3]), 7)
B.copyBytesFrom([1])
B.copyBytesFrom(new Uint16Array(2), -1)`);

rows("making them", `
B.alloc(3)
B.alloc(5, "ab")
B.alloc(5, true)
B.alloc(5, B.from("xyz"))
B.alloc(5, B.alloc(0))
B.alloc(5, "")
B.alloc(5, "zz", "hex")
B.alloc(5, "a", "nope")
B.alloc(5, "a", 5)
B.alloc(5, 257)
B.alloc("5")
B.alloc(-1)
B(3)
new B("abc")
B("616263", "hex")
new B(5, "utf8")
[B.allocUnsafe(4).length, B.allocUnsafeSlow(4).length, m.SlowBuffer(3).length]
[B.isBuffer(B.alloc(1)), B.isBuffer(new Uint8Array(1)), B.poolSize]
["utf-8", "UTF-8", "BINARY", "hex", "", null, "utf-16le", "utf-16", "buffer", "base64url"].map((e) => B.isEncoding(e))
B.concat([])
B.concat([B.from("a"), new Uint8Array([1, 2])])
B.concat([B.from("abc"), B.from("def")], 4)
B.concat([B.from("abc")], 6)
B.concat([B.from("abc"), "x"])
B.concat("x")
B.concat([B.alloc(1)], -1)
B.byteLength(new ArrayBuffer(7))
B.byteLength(5)
B.byteLength("abc", "nope")
[B.alloc(1).constructor === B, Object.getPrototypeOf(B) === Uint8Array, B.name, B.length]
Object.getOwnPropertyNames(B).sort()
Object.getOwnPropertyNames(B.prototype).sort()`);

rows("text, writing, filling", `
B.from("abc").toString("nope")
B.from("abc").toString(null)
B.from("abc").toString("utf8", -5, 2.7)
B.from("abc").toString("utf8", "1", "2")
B.from("abc").toString("utf8", 9)
B.from("\\ufeffabc").toString().length
B.from("abc").write(5)
B.from("abc").write("x", "nope")
B.from("abc").write("x", 5)
B.from("abc").write("x", 1.5)
B.from("abc").write("x", 0, 9)
B.from("abc").write("x", undefined, 1)
B.from("abcabc").fill("xy", 1, 4)
B.from("abcabc").fill("6162", "hex")
B.from("abcabc").fill(1, 2)
B.from("abcabc").fill(1, 9)
B.from("abcabc").fill(1, 2, 9)
B.from("abcabc").fill(1, -1)
B.from("abcabc").fill(1, "2")
B.from("abcabc").fill("a", 0, 3, "nope")
B.from("abcabc").fill("a", 0, 3, 5)
B.from("abcabc").fill("\\u20ac")
B.from("abcabc").fill("abcdefghijkl")
B.from("abcabc").fill(new Uint8Array([1, 2]))
B.from("abc").hexSlice(1, 2)
(() => { const b = B.from("abc"); return [b.utf8Write("xy", 1), b.latin1Write("zw", 1, 1), b]; })()`);

rows("searching and comparing", `
["c", "", "abc", "cab", "x"].map((s) => [0, 3, -1, 10, -10, 3.7, "3", NaN, {}, null].map((at) => [B.from("abcabc").indexOf(s, at), B.from("abcabc").lastIndexOf(s, at), B.from("abcabc").includes(s, at)]))
[99, 355, 99.9, -157, 97].map((n) => [0, -1, 2, -10].map((at) => [B.from("abcabc").indexOf(n, at), B.from("abcabc").lastIndexOf(n, at)]))
[B.from("bc"), B.alloc(0), new Uint8Array([98])].map((b) => B.from("abcabc").indexOf(b, 2))
B.from("abcabc").indexOf({})
B.from("abcabc").indexOf("a", 0, "nope")
["b", "bc", "\\u0062\\u0063"].map((s) => [0, 3, -3, -1].map((at) => [B.from("abcabc", "ucs2").indexOf(s, at, "ucs2"), B.from("abcabc", "ucs2").lastIndexOf(s, at, "ucs2")]))
[["6100620063", "b"], ["00610062006300", "a"], ["00610061006100", "a"]].map(([h, s]) => [B.from(h, "hex").indexOf(s, 0, "ucs2"), B.from(h, "hex").lastIndexOf(s, "ucs2")])
[B.from("61006200", "hex").indexOf(B.from("6200", "hex"), 0, "ucs2"), B.from("61006200", "hex").indexOf(B.from("62", "hex"), 0, "ucs2")]
[B.compare(B.from("a"), B.from("b")), B.compare(B.from("abc"), B.from("ab")), B.from("abc").equals(B.from("abc"))]
B.compare("a", B.from("b"))
B.from("abc").equals("abc")
B.from("abc").compare(B.from("xabc"), 1, 4, 0, 3)
B.from("abc").compare(B.from("xabc"), 9)
B.from("abc").compare(B.from("xabc"), 0, 9)
B.from("abc").compare(B.from("xabc"), 3, 1, 2, 1)
B.from("abc").compare(B.from("xabc"), "1")`);

rows("parts and copies", `
(() => { const t = B.alloc(6, 1); return [B.from("abcdef").copy(t, 2), B.from("abcdef").copy(t, 0, 4), B.from("abc").copy(t, 9), B.from("abc").copy(t, "0", "2", "1"), t]; })()
B.from("abc").copy("x")
B.from("abc").copy(B.alloc(3), -1)
B.from("abc").copy(B.alloc(3), 0, 9)
(() => { const t = B.from("abcdef"); t.copy(t, 2, 0); return t; })()
(() => { const t = B.from("abcdef"); const s = t.slice(1, -1); s[0] = 0; return [t, s, s instanceof B, t.slice(-2), t.slice(4, 2), t.slice("1", "3"), t.slice(NaN, undefined), t.subarray(-9, 2.9)]; })()
[2, 4, 8].map((n) => B.from([1, 2, 3, 4, 5, 6, 7, 8])["swap" + n * 8]())
B.from([1, 2, 3]).swap16()
JSON.stringify(B.from("abc"))
[B.from("abc").inspect(), B.alloc(60).inspect(), B.alloc(51).inspect(), B.alloc(0).inspect()]
[B.from("abc").map((x) => x + 1), B.from("abc").filter((x) => x > 97) instanceof B]
[m.transcode(B.from("\\u20ac\\u00e9a"), "utf8", "latin1"), m.transcode(B.from("\\u20ac\\u00e9a"), "utf8", "ascii"), m.transcode(B.from("\\u20aca"), "utf8", "ucs2"), m.transcode(B.from("e941", "hex"), "ascii", "utf8")]
m.transcode(B.from("e94100d8", "hex"), "ucs2", "utf8")
m.transcode(B.from("a"), "utf8", "hex")
m.transcode("a", "utf8", "latin1")
[m.isUtf8(B.from([0xc3, 0xa9])), m.isUtf8(B.from([0xc3])), m.isAscii(new Uint16Array([5]).buffer), m.atob("YQ==") + m.btoa("a"), m.INSPECT_MAX_BYTES]
m.isAscii("a")`);

const VALUES = [
  "0", "1", "-1", "127", "128", "255", "256", "32767", "65535", "65536", "-129", "1.9", "-1.9", "NaN", "'7'", "undefined",
  "2147483648", "-2147483649", "4294967296", "281474976710656", "-140737488355329", "null",
];
const OFFSETS = ["0", "1", "8", "9", "100", "-1", "1.5", "'1'", "NaN", "Infinity", "null", "undefined"];
const NAMES = ["UInt8", "Int8", ...["UInt16", "Int16", "UInt32", "Int32", "Float", "Double"].flatMap((n) => [`${n}LE`, `${n}BE`])];
rows("numbers", `
${NAMES.map((n) => `[${VALUES}].map((v) => tried(() => { const b = B.alloc(9); return [b.write${n}(v, 1), b, b.read${n}(1)]; }))`).join("\n")}
${NAMES.map((n) => `[${OFFSETS}].map((o) => [tried(() => B.from([255, 2, 254, 4, 250, 6, 7, 200, 9]).read${n}(o)), tried(() => B.alloc(9).write${n}(1, o)), tried(() => B.alloc(0).read${n}())])`).join("\n")}`);

const SIZES = "[1, 2, 3, 4, 5, 6, 7, 0, 1.5, '2', undefined, null]";
const MANY = ["UIntLE", "UIntBE", "IntLE", "IntBE", "UintLE"];
rows("numbers of so many bytes", MANY.flatMap((n) => [
  `${SIZES}.map((l) => [${VALUES}].map((v) => tried(() => { const b = B.alloc(9); return [b.write${n}(v, 1, l), b, b.read${n}(1, l)]; })))`,
  `${SIZES}.map((l) => [${OFFSETS}].map((o) => [tried(() => B.from([255, 2, 254, 4, 250, 6, 7, 200, 9]).read${n}(o, l)), tried(() => B.alloc(9).write${n}(1, o, l))]))`,
]).join("\n"));

const BIG = "[0n, 1n, -1n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n, -(2n ** 63n), -(2n ** 63n) - 1n, 0x123456789abcdef0n, 5, 'a', undefined]";
rows("large numbers", ["BigUInt64LE", "BigUInt64BE", "BigInt64LE", "BigInt64BE", "BigUint64LE"].flatMap((n) => [
  `${BIG}.map((v) => tried(() => { const b = B.alloc(9); return [b.write${n}(v, 1), b, b.read${n}(1)]; }))`,
  `[tried(() => B.from([255, 2, 254, 4, 250, 6, 7, 200]).read${n}()), tried(() => B.alloc(9).read${n}(2)), tried(() => B.alloc(7).read${n}())]`,
]).join("\n"));

sameAsNode("what is not Node's", "buffer", [
  ["m.Buffer.allocUnsafe(1e6).every((byte) => byte === 0)", true],
  ["m.kMaxLength", Number.MAX_SAFE_INTEGER],
  ["const url = URL.createObjectURL(new Blob(['ab'])); return [m.resolveObjectURL('blob:x') ?? null, m.resolveObjectURL(url).size, m.resolveObjectURL(url) instanceof Blob, (URL.revokeObjectURL(url), m.resolveObjectURL(url) ?? null)]", [null, 2, true, null]],
]);

sameAsNode("places that are no whole numbers", "buffer", ["undefined", "null", "NaN", "'1'", "'x'", "1.5", "-1", "{}", "true", "9"].flatMap((place) => [
  `m.Buffer.from('abc').latin1Slice(${place})`, `m.Buffer.from('abc').utf8Slice(1, ${place})`, `m.Buffer.alloc(5).hexWrite('abcd', ${place})`, `(() => { const b = m.Buffer.alloc(3); return [b.latin1Write('xyz', 0, ${place}), [...b]] })()`,
]));
sameAsNode("NaN has one form", "buffer", ["undefined", "NaN", "'x'", "{}"].flatMap((value) => ["FloatLE", "FloatBE", "DoubleLE", "DoubleBE"].map((kind) => `(() => { const b = m.Buffer.alloc(8); b.write${kind}(${value}); return [...b] })()`)));
