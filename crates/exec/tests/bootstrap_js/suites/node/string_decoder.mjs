import { sameAsNode, sameNames } from "../../node_module.mjs";

const INPUTS = [
  "e282ac", "f09f9880", "e2", "e282", "f09f98", "c3a9", "c3", "80", "e08080", "e282e282ac", "f8808080", "eda080", "f4908080",
  "c0af", "616263", "3dd84dde", "61003dd8", "3d", "00d800dc", "3dd83dd83dde", "ff", "41e2", "efbbbf41",
];

sameNames("string_decoder");
sameAsNode("StringDecoder", "string_decoder", [
  // Node tells some of what is not well-formed a byte later: the texts together are the same.
  `const { Buffer } = need("buffer");
   return ["utf8", "utf16le", "base64", "base64url", "hex", "latin1", "ascii"].map((e) => ${JSON.stringify(INPUTS)}.map((input) => [1, 2, 3, 9].map((n) => {
     const d = new m.StringDecoder(e); const bytes = Buffer.from(input + "61e9", "hex"); let text = "";
     for (let i = 0; i < bytes.length; i += n) text += d.write(bytes.subarray(i, i + n));
     return [text + d.end(), d.end(bytes.subarray(0, 1)), d.encoding];
   })));`,
  `const { Buffer } = need("buffer"); const d = new m.StringDecoder("utf8"); const seen = [];
   for (const byte of [0xe2, 0x82, 0xac, 0xf0, 0x9f]) seen.push(d.write(Buffer.from([byte])), d.lastNeed, d.lastTotal);
   return [seen, d.end(), d.lastNeed];`,
  "new m.StringDecoder('nope')", "new m.StringDecoder(5)", "new m.StringDecoder().write(5)", "new m.StringDecoder().write(null)",
  "[undefined, null, 'UCS2', 'binary', 'UTF-8'].map((e) => new m.StringDecoder(e).encoding)",
  "[new m.StringDecoder().write('abc'), new m.StringDecoder().end('abc'), new m.StringDecoder().write(new Uint16Array([97]))]",
  "m.StringDecoder.prototype.write.call({}, new Uint8Array(1))",
]);
