import { sameAsNode, sameNames } from "../../node_module.mjs";

// Expressions of `c`, each of which may fail.
const rows = (title, lines) => sameAsNode(title, "crypto", [`
  const c = m;
  const { Buffer } = need("buffer");
  const { Readable, Transform } = need("stream");
  const tried = async (f) => { try { return (await f()) ?? null; } catch (e) { return [e.name, e.code, e.message]; } };
  const seen = [];
  for (const [code, run] of [${lines.trim().split("\n").map((line) => `[${JSON.stringify(line)}, async () => (${line})]`).join(",\n")}]) seen.push([code, await tried(run)]);
  return seen;`]);

sameNames("crypto");

rows("hashes", `
["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha512-256", "sha3-256", "sha3-384", "sha3-512", "MD5", "RSA-SHA256"].map((name) => c.createHash(name).update("abc").digest("hex"))
["SHA-1", "SHA-224", "SHA-256", "sha-384", "SHA-512", "SHA-512/256", "SHA2-224", "SHA2-256", "sha2-384", "SHA2-512", "SHA2-512/256", "RSA-SHA512/256", "SHA512-256"].map((name) => c.createHash(name).update("abc").digest("hex"))
c.createHash("sha-3-256")
c.createHash("SHA-512-256")
c.createHmac("SHA-256", "k").update("abc").digest("hex")
c.createHash("sha256", { outputLength: -1 })
c.createHash("sha256", { outputLength: "x" })
c.createHash("sha256", { outputLength: 1.5 })
c.createHash("sha256", { outputLength: 2 ** 33 })
c.createHash("sha256", { outputLength: null })
c.createHash("sha256", { outputLength: 31 })
c.createHash("sha256", { outputLength: 32 }).digest("hex")
["hex", "base64", "base64url", "latin1", "buffer", "nope", undefined].map((e) => c.createHash("sha1").update("abc").digest(e))
[0, 1, 4095, 4096, 4097, 5000, 3000000].map((n) => c.createHash("sha256").update(Buffer.alloc(n, "xyz")).digest("hex"))
(() => { const h = c.createHash("md5"); for (let i = 0; i < 3000; i++) h.update("part" + i); return h.digest("base64"); })()
(() => { const h = c.createHash("md5").update("a"); const k = h.copy(); k.update("b"); const l = c.createHash("sha1").update(Buffer.alloc(9999)); return [h.digest("hex"), k.digest("hex"), l.copy().update("x").digest("hex"), l.digest("hex")]; })()
(() => { const bytes = new Uint8Array([97]); const h = c.createHash("md5").update(bytes); bytes[0] = 0; return h.digest("hex"); })()
[c.createHash("md5").update("6162", "hex").digest("hex"), c.createHash("md5").update("\\u00e9", "latin1").digest("hex"), c.createHash("md5").update("\\u00e9", "ucs2").digest("hex"), c.createHash("md5").update(new Uint16Array([1, 2])).digest("hex"), c.createHash("md5").update(new DataView(new ArrayBuffer(2))).digest("hex")]
c.createHash("nope")
c.createHash()
c.createHash("md5").update(5)
c.createHash("md5").update()
c.createHash("md5").update("616", "hex")
c.createHash("sha256", { outputLength: 5 })
c.createHash("sha256", { outputLength: 32 }).digest("hex")
(() => { const h = c.createHash("md5"); h.digest(); return h.digest(); })()
(() => { const h = c.createHash("md5"); h.digest(); return h.update("a"); })()
(() => { const h = c.createHash("md5"); h.digest(); return h.copy(); })()
[c.hash("md5", "a"), c.hash("md5", "a", "base64"), c.hash("md5", Buffer.from("a"), "buffer")]
c.hash("nope", "a")
c.hash("md5", 5)
[c.createHash("md5") instanceof Transform, c.createHash("md5") instanceof c.Hash, c.Hash("md5") instanceof c.Hash]
(async () => { const h = c.createHash("md5"); h.end("abc"); let s = ""; for await (const chunk of h) s += chunk.toString("hex"); return s; })()
(async () => { const h = c.createHash("sha256").setEncoding("hex"); Readable.from(["a", "b"]).pipe(h); let s = ""; for await (const chunk of h) s += chunk; return s; })()
(async () => { const h = c.createHash("md5"); h.write("abc"); return await new Promise((resolve) => h.end(() => resolve(h.read().toString("hex")))); })()`);

rows("HMAC", `
["md5", "sha1", "sha256", "sha512", "sha3-256"].map((name) => ["k", "key".repeat(100)].map((key) => c.createHmac(name, key).update("abc").digest("hex")))
c.createHmac("sha256", Buffer.from("k")).update("a").update(Buffer.alloc(9000)).digest("base64")
c.createHmac("sha256", c.createSecretKey("k", "utf8")).update("a").digest("hex")
c.createHmac("sha256", new Uint8Array([1, 2]).buffer).update("a").digest("hex")
(() => { const h = c.createHmac("md5", "k"); h.digest(); return [h.digest(), h.digest("hex")]; })()
(() => { const h = c.createHmac("md5", "k"); h.digest(); return h.update("a"); })()
c.createHmac("nope", "k")
c.createHmac("md5")
c.createHmac("md5", 5)`);

rows("randomness", `
[c.randomBytes(0).length, c.randomBytes(10).length, Buffer.isBuffer(c.randomBytes(1)), c.randomBytes(3000000).length, /^[0-9a-f-]{36}$/.test(c.randomUUID())]
new Promise((resolve) => c.randomBytes(5, (e, b) => resolve([e, b.length])))
new Promise((resolve) => c.randomInt(5, (e, n) => resolve([e === undefined || e === null, n < 5])))
new Promise((resolve) => c.randomFill(new Uint8Array(5), (e, b) => resolve([e, b.length])))
Array.from({ length: 200 }, () => c.randomInt(3, 6)).every((n) => n >= 3 && n < 6)
[c.randomInt(2 ** 47) >= 0, c.randomInt(-5, 0) < 0]
(() => { const b = new Uint8Array(6); c.randomFillSync(b, 2, 0); return b; })()
(() => { const b = c.randomFillSync(new Uint32Array(64), 32); return [b.subarray(0, 32).every((n) => n === 0), b.subarray(32).some((n) => n !== 0)]; })()
c.randomBytes(-1)
c.randomBytes("a")
c.randomBytes(2 ** 31)
c.randomBytes(1, 5)
c.randomInt(5, 5)
c.randomInt(0, 2 ** 48)
c.randomInt("a")
c.randomInt(2 ** 53)
c.randomFillSync("a")
c.randomFillSync(new Uint8Array(3), 5)
c.randomFillSync(new Uint8Array(3), 1, 5)
c.getRandomValues(new Uint8Array(3)).length`);

rows("derived keys", `
["sha1", "sha256", "sha512", "md5", "sha3-256"].map((name) => [[1, 20], [2, 70], [1700, 33], [5, 0]].map(([n, length]) => c.pbkdf2Sync("password", "salt", n, length, name).toString("hex")))
new Promise((resolve) => c.pbkdf2("password", "salt", 5, 40, "md5", (e, key) => resolve([e, key.toString("hex")])))
c.pbkdf2Sync("p", "s", 0, 5, "sha1")
c.pbkdf2Sync("p", "s", 1, 5, "nope")
c.pbkdf2Sync("p", "s", 1, 5)
c.pbkdf2Sync("p", "s", 1, -1, "sha1")
c.pbkdf2Sync(5, "s", 1, 1, "sha1")
["sha1", "sha256", "sha512"].map((name) => [0, 1, 42, 300].map((length) => Buffer.from(c.hkdfSync(name, "key", "salt", "info", length)).toString("hex")))
Buffer.from(c.hkdfSync("sha256", c.createSecretKey("key", "utf8"), "", "", 20)).toString("hex")
new Promise((resolve) => c.hkdf("sha256", "key", "salt", "info", 9, (e, key) => resolve([e, key instanceof ArrayBuffer, Buffer.from(key).toString("hex")])))
c.hkdfSync("nope", "k", "s", "i", 5)
c.hkdfSync("sha1", "k", "s", "i", 20 * 256)
c.hkdfSync("sha1", 5, "s", "x", 20)`);

rows("keys and comparisons", `
c.createSecretKey(Buffer.from("abc")).export()
[c.createSecretKey("abc", "utf8").export({ format: "jwk" }), c.createSecretKey("6162", "hex").symmetricKeySize, c.createSecretKey("a", "utf8").type]
c.createSecretKey("abc", "utf8").equals(c.createSecretKey("abc", "utf8"))
c.createSecretKey(5)
c.createSecretKey("abc", "utf8").export({ format: "x" })
Object.prototype.toString.call(c.createSecretKey("abc", "utf8"))
[c.generateKeySync("hmac", { length: 64 }).export().length, c.generateKeySync("aes", { length: 192 }).symmetricKeySize]
new Promise((resolve) => c.generateKey("hmac", { length: 80 }, (e, key) => resolve([e === null || e === undefined, key.export().length])))
c.generateKeySync("aes", { length: 100 })
[c.timingSafeEqual(Buffer.from("ab"), new Uint8Array([97, 98])), c.timingSafeEqual(Buffer.from("ab"), Buffer.from("ac")), c.timingSafeEqual(new ArrayBuffer(2), new Uint16Array(1))]
c.timingSafeEqual(Buffer.alloc(1), Buffer.alloc(2))
[typeof c.subtle.digest, c.webcrypto.subtle === c.subtle]`);

const MODES = "['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc', 'aes-128-ctr', 'aes-256-ctr', 'aes-128-ecb', 'aes-256-ecb', 'aes-128-gcm', 'aes-256-gcm', 'AES256']";
const KEYS = "const keyOf = (name) => Buffer.alloc(Number(/\\d+/.exec(name)[0]) / 8, 'key'); const ivOf = (name) => /ecb/.test(name) ? null : Buffer.alloc(/gcm/.test(name) ? 12 : 16, 0xff);";
rows("ciphers", `
(() => { ${KEYS} return ${MODES}.map((name) => [[], [0], [1], [15, 1], [16], [17, 30, 1], [100000], [5, 300000]].map((sizes) => { const x = c.createCipheriv(name, keyOf(name), ivOf(name)); const parts = sizes.map((n) => x.update(Buffer.alloc(n, "text"))); return [c.hash("md5", Buffer.concat([...parts, x.final()])), parts.map((p) => p.length), /gcm/.test(name) ? x.getAuthTag().toString("hex") : ""]; })); })()
(() => { ${KEYS} return ${MODES}.map((name) => [0, 1, 16, 33, 70000].map((size) => { const x = c.createCipheriv(name, keyOf(name), ivOf(name)); const all = Buffer.concat([x.update(Buffer.alloc(size, "text")), x.final()]); const y = c.createDecipheriv(name, keyOf(name), ivOf(name)); if (/gcm/.test(name)) y.setAuthTag(x.getAuthTag()); const parts = [y.update(all.subarray(0, 20)), y.update(all.subarray(20))]; return [parts.map((p) => p.length), Buffer.concat([...parts, y.final()]).equals(Buffer.alloc(size, "text"))]; })); })()
[1, 8, 16, 60].map((n) => { const x = c.createCipheriv("aes-128-gcm", Buffer.alloc(16, 1), Buffer.alloc(n, 7)); x.setAAD(Buffer.from("more")); return [x.update("some text", "utf8", "hex") + x.final("hex"), x.getAuthTag().toString("hex")]; })
(() => { const x = c.createCipheriv("aes-128-gcm", Buffer.alloc(16, 1), Buffer.alloc(12), { authTagLength: 8 }); x.update("a"); x.final(); return x.getAuthTag().length; })()
(() => { const x = c.createCipheriv("aes-128-cbc", Buffer.alloc(16), Buffer.alloc(16)); return x.update("h\\u00e9llo", "utf8", "base64") + x.final("base64"); })()
(() => { const x = c.createDecipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16)); return [x.update(Buffer.from("e282ac", "hex").subarray(0, 1), null, "hex"), x.update(Buffer.from([1, 2]), undefined, "hex"), x.final("hex")]; })()
c.createCipheriv("aes-128-cbc", Buffer.alloc(16), Buffer.alloc(16)).setAutoPadding(false).update("a")
(() => { const x = c.createCipheriv("aes-128-cbc", Buffer.alloc(16), Buffer.alloc(16)); x.setAutoPadding(false); x.update("a"); return x.final(); })()
(() => { const x = c.createCipheriv("aes-128-cbc", Buffer.alloc(16), Buffer.alloc(16)); x.setAutoPadding(false); return [x.update(Buffer.alloc(32)).toString("hex"), x.final()]; })()
(() => { const x = c.createCipheriv("aes-128-cbc", Buffer.alloc(16), Buffer.alloc(16)); x.final(); return x.final(); })()
(() => { const x = c.createCipheriv("aes-128-cbc", Buffer.alloc(16), Buffer.alloc(16)); x.final(); return x.update("a"); })()
(() => { const x = c.createCipheriv("aes-128-cbc", Buffer.alloc(16), Buffer.alloc(16)); x.final(); return x.getAuthTag(); })()
(() => { const x = c.createDecipheriv("aes-128-cbc", Buffer.alloc(16), Buffer.alloc(16)); x.update(Buffer.alloc(5)); return x.final(); })()
(() => { const x = c.createDecipheriv("aes-128-cbc", Buffer.alloc(16), Buffer.alloc(16)); return x.final(); })()
(() => { const x = c.createDecipheriv("aes-128-cbc", Buffer.alloc(16), Buffer.alloc(16)); x.update(Buffer.alloc(16)); return x.final(); })()
(() => { const x = c.createDecipheriv("aes-128-gcm", Buffer.alloc(16), Buffer.alloc(12)); x.update(Buffer.alloc(16)); return x.final(); })()
(() => { const x = c.createDecipheriv("aes-128-gcm", Buffer.alloc(16), Buffer.alloc(12)); x.update(Buffer.alloc(16)); x.setAuthTag(Buffer.alloc(16)); return x.final(); })()
c.createDecipheriv("aes-128-gcm", Buffer.alloc(16), Buffer.alloc(12)).setAuthTag(Buffer.alloc(3))
c.createCipheriv("aes-128-gcm", Buffer.alloc(16), Buffer.alloc(12)).getAuthTag()
c.createCipheriv("aes-128-cbc", Buffer.alloc(16), Buffer.alloc(16)).update(5)
c.createCipheriv("aes-128-gcm", Buffer.alloc(16), Buffer.alloc(12), { authTagLength: 3 })
c.createCipheriv("nope", Buffer.alloc(16), Buffer.alloc(16))
c.createCipheriv("aes-128-cbc", Buffer.alloc(15), Buffer.alloc(16))
c.createCipheriv("aes-128-cbc", Buffer.alloc(16), Buffer.alloc(15))
c.createCipheriv("aes-128-cbc", Buffer.alloc(16), null)
c.createCipheriv("aes-128-gcm", Buffer.alloc(16), Buffer.alloc(0))
c.createCipheriv(5)
["aes-128-cbc", "aes-256-gcm", "aes-256-ctr", "aes-256-ecb", "nope"].map((name) => c.getCipherInfo(name))
(async () => { const x = c.createCipheriv("aes-128-cbc", Buffer.alloc(16), Buffer.alloc(16)); x.end("some text"); let s = ""; for await (const part of x) s += part.toString("hex"); return s; })()`);

sameAsNode("what is not there says so", "crypto", [
  ["return ['createSign', 'createPublicKey', 'generateKeyPairSync', 'X509Certificate'].map((name) => { try { return m[name](); } catch (e) { return e.message; } })",
    ["createSign", "createPublicKey", "generateKeyPairSync", "X509Certificate"].map((name) => `node:crypto.${name} is not available here`)],
]);

rows("scrypt", `
[["", "", 64, { N: 16, r: 1, p: 1 }], ["password", "NaCl", 64, { N: 1024, r: 8, p: 16 }], ["pleaseletmein", "SodiumChloride", 64, {}], ["p", "s", 100, { cost: 64, blockSize: 3, parallelization: 2 }], ["\u00e9", Buffer.from([0, 255]), 1, { N: 2, r: 1 }]].map((given) => c.scryptSync(...given).toString("hex"))
[["p", "s", 0], ["p", "s", 8, null], ["p", "s", 8, 5], ["p", "s", 8, { N: 0, r: 0, p: 0, maxmem: 0 }], ["p", "s", 8, { N: 32768, r: 1 }], [new Uint16Array([1, 2]), new DataView(new ArrayBuffer(3)), 8, { N: 2 }]].map((given) => c.scryptSync(...given).toString("hex"))
c.scryptSync("p", "s", 8, { N: 3 })
c.scryptSync("p", "s", 8, { N: 1 })
c.scryptSync("p", "s", 8, { N: 4294967295 })
c.scryptSync("p", "s", 8, { N: 16, cost: 16 })
c.scryptSync("p", "s", 8, { blockSize: 1, r: 1 })
c.scryptSync("p", "s", 8, { N: 16384, r: 16 })
c.scryptSync("p", "s", 8, { N: 16384, r: 16, maxmem: 64 * 1024 * 1024 }).toString("hex")
c.scryptSync("p", "s", 8, { N: 65536, r: 1, maxmem: 1e9 })
c.scryptSync("p", "s", 8, { N: 2, r: 2 ** 30, maxmem: 2 ** 50 })
c.scryptSync("p", "s", 8, { N: 2, r: 2 ** 12, p: 2 ** 13, maxmem: 2 ** 50 })
c.scryptSync("p", "s", 8, { N: 16, r: 1, p: 3, maxmem: 2687 })
c.scryptSync("p", "s", 8, { N: 16, r: 1, p: 3, maxmem: 2688 }).toString("hex")
c.scryptSync("p", "s", 8, { N: "16" })
c.scryptSync("p", "s", 8, { cost: -1 })
c.scryptSync("p", "s", 8, { N: 2 ** 32 })
c.scryptSync("p", "s", 8, { r: 1.5 })
c.scryptSync("p", "s", 8, { maxmem: -1 })
c.scryptSync(1, "s", 8)
c.scryptSync("p", null, 8)
c.scryptSync("p", "s")
c.scryptSync("p", "s", -1)
c.scryptSync("p", "s", 2 ** 31)
c.scrypt("p", "s", 8)
c.scrypt("p", "s", 8, {})
c.scrypt("p", "s", 8, { N: 3 }, () => {})
new Promise((resolve) => c.scrypt("p", "s", 8, (error, key) => resolve([error, Buffer.isBuffer(key), key.toString("hex")])))
new Promise((resolve) => { const p = Buffer.from("p"); c.scrypt(p, "s", 8, { N: 16 }, (error, key) => resolve(key.toString("hex"))); p[0] = 0; })
[c.scrypt.length, c.scryptSync.length, c.scrypt.name]`);
