import { sameAsNode, sameNames } from "../../node_module.mjs";

const INPUTS = [
  "e282ac", "f09f9880", "e2", "e282", "f09f98", "c3a9", "c3", "80", "e08080", "e282e282ac", "f8808080", "eda080", "f4908080",
  "c0af", "616263", "3dd84dde", "61003dd8", "3d", "00d800dc", "3dd83dd83dde", "ff", "41e2", "efbbbf41",
];

sameNames("string_decoder");
sameAsNode("StringDecoder", "string_decoder", [
  `const { Buffer } = need("buffer");
   return ["utf8", "utf16le", "base64", "base64url", "hex", "latin1", "ascii"].map((e) => ${JSON.stringify(INPUTS)}.map((input) => [1, 2, 3, 9].map((n) => {
     const d = new m.StringDecoder(e); const bytes = Buffer.from(input + "61e9", "hex"); let text = "";
     for (let i = 0; i < bytes.length; i += n) text += d.write(bytes.subarray(i, i + n));
     return [text + d.end(), d.end(bytes.subarray(0, 1)), d.encoding];
   })));`,
  `const { Buffer } = need("buffer"); const d = new m.StringDecoder("utf8"); const seen = [];
   for (const byte of [0xe2, 0x82, 0xac, 0xf0, 0x9f]) seen.push(d.write(Buffer.from([byte])), d.lastNeed, d.lastTotal);
   return [seen, d.end(), d.lastNeed];`,
  // In three pieces, cut everywhere.
  ...["utf8", "utf16le", "base64", "base64url", "hex", "latin1"].map((encoding) => `
    const { Buffer } = need("buffer");
    return ${JSON.stringify([...INPUTS, "f09f41", "fffe41", "41f09080", "f0f09f98", "e24182", "f09f98e282ac", "3dd800de41", "0102030405", "00d800d8"])}.map((input) => {
      const bytes = Buffer.from(input, "hex"); const seen = [];
      for (let i = 0; i <= bytes.length; i++) for (let j = i; j <= bytes.length; j++) {
        const d = new m.StringDecoder("${encoding}");
        const state = () => [d.lastNeed, d.lastTotal];
        seen.push([d.write(bytes.subarray(0, i)), state(), d.write(bytes.subarray(i, j)), state(), d.write(bytes.subarray(j)), state(), d.end(), state()]);
      }
      return seen;
    });`),
  `const { Buffer } = need("buffer"); const d = new m.StringDecoder("utf8"); d.write(Buffer.from([0xe2, 0x82]));
   return [d.lastChar.length, d.lastChar[1], d.text(Buffer.from([0, 0x61, 0xf0]), 1), d.lastNeed, d.end(Buffer.from([0x9f])), d.end()];`,
  "new m.StringDecoder('nope')", "new m.StringDecoder(5)", "new m.StringDecoder().write(5)", "new m.StringDecoder().write(null)",
  "[undefined, null, 'UCS2', 'binary', 'UTF-8'].map((e) => new m.StringDecoder(e).encoding)",
  "[new m.StringDecoder().write('abc'), new m.StringDecoder().end('abc'), new m.StringDecoder().write(new Uint16Array([97]))]",
  "m.StringDecoder.prototype.write.call({}, new Uint8Array(1))",
]);
