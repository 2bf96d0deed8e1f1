const bytes = (...b) => new Uint8Array(b);
check("encoder", () => {
  const e = new TextEncoder(); assertEquals([e.encoding, e.encode(), e.encode("a\u00e4\u20ac\u{1f600}"), e.encode("\ud800")], ["utf-8", bytes(), bytes(97, 0xc3, 0xa4, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80), bytes(0xef, 0xbf, 0xbd)]);
  const into = new Uint8Array(4); assertEquals(e.encodeInto("a\u20ac\u20ac", into), { read: 2, written: 4 }); assertEquals(into, bytes(97, 0xe2, 0x82, 0xac)); assertThrows(() => e.encodeInto("a", []), "TypeError");
});
check("labels", () => {
  for (const [label, name] of [["utf8", "utf-8"], [" UTF-8\n", "utf-8"], ["latin1", "windows-1252"], ["ascii", "windows-1252"], ["utf-16", "utf-16le"], ["sjis", "shift_jis"], ["gb2312", "gbk"], ["koi8-r", "koi8-r"], ["x-user-defined", "x-user-defined"]]) assertEquals(new TextDecoder(label).encoding, name);
  for (const label of ["", "nope", "utf-7", "replacement", "iso-2022-kr"]) assertThrows(() => new TextDecoder(label), "RangeError");
});
check("decoding", () => {
  assertEquals([new TextDecoder().decode(), new TextDecoder().decode(bytes(0xe2, 0x82, 0xac)), new TextDecoder("latin1").decode(bytes(0xe9, 0x80)), new TextDecoder("utf-16le").decode(bytes(0x61, 0, 0xac, 0x20)), new TextDecoder("utf-16be").decode(bytes(0, 0x61)), new TextDecoder("shift_jis").decode(bytes(0x82, 0xa0))], ["", "\u20ac", "\u00e9\u20ac", "a\u20ac", "a", "\u3042"]);
  assertEquals(new TextDecoder().decode(new Uint16Array([0x6161]).buffer), "aa"); assertEquals(new TextDecoder().decode(new DataView(bytes(97, 98).buffer, 1)), "b"); assertThrows(() => new TextDecoder().decode("x"), "TypeError");
});
check("invalid input", () => {
  assertEquals(new TextDecoder().decode(bytes(97, 0xff, 0xc3, 98, 0xf0, 0x9f)), "a\ufffd\ufffdb\ufffd"); assertEquals(new TextDecoder().decode(bytes(0xed, 0xa0, 0x80)), "\ufffd\ufffd\ufffd");
  const f = new TextDecoder("utf-8", { fatal: true }); assertEquals(f.fatal, true); assertThrows(() => f.decode(bytes(0xff)), "TypeError"); assertThrows(() => f.decode(bytes(0xe2, 0x82)), "TypeError"); assertEquals(f.decode(bytes(97)), "a");
});
check("byte order marks", () => {
  const b = bytes(0xef, 0xbb, 0xbf, 97); assertEquals([new TextDecoder().decode(b), new TextDecoder("utf-8", { ignoreBOM: true }).decode(b), new TextDecoder("utf-16le").decode(bytes(0xff, 0xfe, 97, 0))], ["a", "\ufeffa", "a"]);
});
check("streams", () => {
  for (const label of ["utf-8", "utf-16le", "shift_jis", "gb18030"]) {
    const input = { "utf-8": [0xf0, 0x9f, 0x98, 0x80, 97], "utf-16le": [0x3d, 0xd8, 0, 0xde, 97, 0], shift_jis: [0x82, 0xa0, 97], gb18030: [0x81, 0x30, 0x81, 0x30, 97] }[label];
    const whole = new TextDecoder(label).decode(new Uint8Array(input)); const d = new TextDecoder(label); let text = "";
    for (const b of input) text += d.decode(bytes(b), { stream: true }); text += d.decode(); assertEquals(text, whole);
    assertEquals(d.decode(new Uint8Array(input)), whole);
  }
  const d = new TextDecoder(); assertEquals([d.decode(bytes(0xef), { stream: true }), d.decode(bytes(0xbb), { stream: true }), d.decode(bytes(0xbf, 97), { stream: true }), d.decode(bytes(0xe2), { stream: true }), d.decode()], ["", "", "a", "", "\ufffd"]);
  const f = new TextDecoder("utf-8", { fatal: true }); f.decode(bytes(0xe2), { stream: true }); assertThrows(() => f.decode(), "TypeError"); assertEquals(f.decode(bytes(97)), "a");
});
check("UTF-8 of every kind of text", () => {
  const e = new TextEncoder(), d = new TextDecoder();
  for (const [text, bytes] of [["", []], ["a", [97]], ["é", [195, 169]], ["aé\u0100", [97, 195, 169, 196, 128]], ["€", [226, 130, 172]], ["😀", [240, 159, 152, 128]], ["\ud83d", [239, 191, 189]], ["\udc00a", [239, 191, 189, 97]]]) { assertEquals([...e.encode(text)], bytes); assertEquals(d.decode(new Uint8Array(bytes)), text.toWellFormed()); assertEquals(d.decode(new DataView(new Uint8Array(bytes).buffer)), text.toWellFormed()) }
  for (const part of ["ab", "é", "é€", "😀", "x\ud83d"]) { const long = part.repeat(300001); const bytes = e.encode(long); assert(d.decode(bytes) === long.toWellFormed(), part); const into = new Uint8Array(bytes.length + 3); assertEquals(e.encodeInto(long, into), { read: long.length, written: bytes.length }); assert(into.subarray(0, bytes.length).every((b, i) => b === bytes[i]), part) }
});
check("encodeInto writes what fits", () => {
  const e = new TextEncoder(); for (const [text, room, read, written] of [["abc", 2, 2, 2], ["é", 1, 0, 0], ["aé", 3, 2, 3], ["€a", 2, 0, 0], ["€a", 3, 1, 3], ["😀a", 3, 0, 0], ["😀a", 4, 2, 4], ["\ud83da", 3, 1, 3], ["", 0, 0, 0]]) { const into = new Uint8Array(new ArrayBuffer(16), 3, room); assertEquals(e.encodeInto(text, into), { read, written }); assertEquals([...new Uint8Array(into.buffer)].filter((_, i) => i < 3 || i >= 3 + written).every((b) => b === 0), true) }
  const small = new Uint8Array(4); assertEquals(e.encodeInto("ab", small), { read: 2, written: 2 }); assertEquals(small, new Uint8Array([97, 98, 0, 0]));
});
check("what is not UTF-8", () => {
  const d = new TextDecoder(), fatal = new TextDecoder("utf-8", { fatal: true });
  for (const [bytes, text] of [[[0xff], "\ufffd"], [[0xc3], "\ufffd"], [[0xe2, 0x82], "\ufffd"], [[0xed, 0xa0, 0x80], "\ufffd\ufffd\ufffd"], [[0xc3, 0xa9, 0xff], "é\ufffd"], [[0xf0, 0x9f, 0x98, 0x61], "\ufffda"]]) { assertEquals(d.decode(new Uint8Array(bytes)), text); assertThrows(() => fatal.decode(new Uint8Array(bytes)), "TypeError") }
  const bom = new Uint8Array([0xef, 0xbb, 0xbf, 97]); assertEquals([d.decode(bom), new TextDecoder("utf-8", { ignoreBOM: true }).decode(bom), fatal.decode(bom)], ["a", "\ufeffa", "a"]);
});
