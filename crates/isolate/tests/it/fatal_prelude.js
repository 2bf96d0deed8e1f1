// A WebAssembly module, written as its sections: `wasm([1, types], [3, functions], …)`.
const leb = n => { const b = []; do { const l = Number(BigInt(n) & 127n); n = BigInt(n) >> 7n; b.push(n ? l | 128 : l); } while (n); return b; };
const sleb = n => { n = BigInt(n); const b = []; for (;;) { const l = Number(n & 127n); n >>= 7n; const last = (n === 0n && !(l & 64)) || (n === -1n && (l & 64)); b.push(last ? l : l | 128); if (last) return b; } };
const wasm = (...sections) => { const out = [0, 97, 115, 109, 1, 0, 0, 0]; for (const [id, bytes] of sections) { out.push(id, ...leb(bytes.length)); for (const b of bytes) out.push(b); } return new Uint8Array(out); };
// One function without parameters or results, of these instructions.
const code = (...instructions) => [[1, [1, 0x60, 0, 0]], [3, [1, 0]], [7, [1, 1, 102, 0, 0]], [10, [1, ...leb(instructions.length + 2), 0, ...instructions, 0x0b]]];
const call = bytes => new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.f();
// The same, with a type of arrays of this element type (0x78: i8, 0x7e: i64, 0x6e: anyref) at index 1.
const gc = (element, ...instructions) => call(wasm([1, [2, 0x60, 0, 0, 0x5e, element, 1]], ...code(...instructions).slice(1)));
const repeat = (n, f) => { let all = ''; for (let i = 0; i < n; i++) all += f(i); return all; };
