// crypto.subtle: what is checked, in which order, with which exception.
import { table, throws } from "../tables.mjs";

const HMAC = `{ name: "HMAC", hash: "SHA-256" }`;
const KEY = `const key = await crypto.subtle.importKey("raw", new Uint8Array(32), ${HMAC}, true, ["sign", "verify"]);`;

table("interfaces", [
  [`Object.prototype.toString.call(crypto.subtle)`, "[object SubtleCrypto]"],
  [`crypto.subtle === crypto.subtle`, true],
  [`new SubtleCrypto()`, throws("TypeError")],
  [`new CryptoKey()`, throws("TypeError")],
  [`[CryptoKey.length, SubtleCrypto.length, crypto.subtle.importKey.length, crypto.subtle.verify.length]`, [0, 0, 5, 4]],
  [`Object.keys(CryptoKey.prototype)`, ["type", "extractable", "algorithm", "usages"]],
  [`return await SubtleCrypto.prototype.digest.call({}, "SHA-1", new Uint8Array(0)).catch((e) => e.name);`, "TypeError"],
  [`const refused = crypto.subtle.digest(); refused.catch(() => {}); return refused instanceof Promise;`, true],
]);

table("normalisation", [
  [`return (await crypto.subtle.digest("sha-256", new ArrayBuffer(3))).byteLength;`, 32],
  [`return (await crypto.subtle.digest({ name: "Sha-1" }, new DataView(new ArrayBuffer(3)))).byteLength;`, 20],
  [`return (await crypto.subtle.digest("SHA3-384", new Uint8Array(0))).byteLength;`, 48],
  [`crypto.subtle.digest("\u017fha-1", new Uint8Array(0))`, throws("NotSupportedError")],
  [`crypto.subtle.digest("HMAC", new Uint8Array(0))`, throws("NotSupportedError")],
  [`crypto.subtle.digest({}, new Uint8Array(0))`, throws("TypeError")],
  [`crypto.subtle.digest(undefined, new Uint8Array(0))`, throws("NotSupportedError")],
  [`crypto.subtle.digest("SHA-1", "text")`, throws("TypeError")],
  [`crypto.subtle.digest("SHA-1")`, throws("TypeError")],
  [`crypto.subtle.digest("SHA-1", new Uint8Array(new ArrayBuffer(8, { maxByteLength: 9 })))`, throws("TypeError")],
  // The data is copied when the algorithm is known, and the name read once.
  [`const data = new Uint8Array(1); let reads = 0;
    const changed = await crypto.subtle.digest({ get name() { reads++; data[0] = 1; return "SHA-1"; } }, data);
    return [reads, new Uint8Array(changed)[0] === new Uint8Array(await crypto.subtle.digest("SHA-1", new Uint8Array([1])))[0]];`, [1, true]],
  [`const data = new Uint8Array(8);
    const empty = await crypto.subtle.digest({ get name() { data.buffer.transfer(); return "SHA-1"; } }, data);
    return new Uint8Array(empty)[0];`, 0xda],
  [`crypto.subtle.importKey("raw", new Uint8Array(1), "HMAC", true, ["sign"])`, throws("TypeError")],
  [`crypto.subtle.importKey("raw", new Uint8Array(1), { name: "HMAC", hash: "SHA-3" }, true, ["sign"])`, throws("NotSupportedError")],
  [`crypto.subtle.importKey("raw", new Uint8Array(1), { name: "HMAC", hash: "SHA-1", length: -1 }, true, ["sign"])`, throws("TypeError")],
  [`crypto.subtle.importKey("raw", new Uint8Array(1), { name: "HMAC", hash: "SHA-1", length: 2 ** 32 }, true, ["sign"])`, throws("TypeError")],
  // A bad length is found before a hash function that is unknown.
  [`crypto.subtle.importKey("raw", new Uint8Array(1), { name: "HMAC", hash: "x", length: -1 }, true, ["sign"])`, throws("TypeError")],
]);

table("keys", [
  [`${KEY} return [key.type, key.extractable, key.algorithm, key.usages, key.algorithm === key.algorithm, key.usages === key.usages];`,
    ["secret", true, { name: "HMAC", hash: { name: "SHA-256" }, length: 256 }, ["sign", "verify"], true, true]],
  [`${KEY} key.usages.length = 0; key.algorithm.name = "x"; return (await crypto.subtle.sign("HMAC", key, new Uint8Array(1))).byteLength;`, 32],
  [`${KEY} return new Uint8Array(await crypto.subtle.exportKey("raw", key)).length;`, 32],
  [`${KEY} return await crypto.subtle.exportKey("jwk", key);`,
    { alg: "HS256", ext: true, k: "A".repeat(43), key_ops: ["sign", "verify"], kty: "oct" }],
  [`${KEY} return Object.keys(await crypto.subtle.exportKey("jwk", key));`, ["alg", "ext", "k", "key_ops", "kty"]],
  [`${KEY} return crypto.subtle.exportKey("spki", key);`, throws("NotSupportedError")],
  [`${KEY} return crypto.subtle.exportKey("der", key);`, throws("TypeError")],
  [`const key = await crypto.subtle.importKey("raw", new Uint8Array(1), ${HMAC}, false, ["sign"]); return crypto.subtle.exportKey("raw", key);`, throws("InvalidAccessError")],
  [`const key = await crypto.subtle.importKey("raw", new Uint8Array(1), ${HMAC}, false, ["sign"]); return crypto.subtle.verify("HMAC", key, new Uint8Array(1), new Uint8Array(1));`, throws("InvalidAccessError")],
  [`${KEY} const copy = structuredClone([key])[0]; return [copy !== key, copy.usages, (await crypto.subtle.sign("HMAC", copy, new Uint8Array(1))).byteLength];`, [true, ["sign", "verify"], 32]],
  [`structuredClone(crypto.subtle)`, throws("DataCloneError")],
  [`const stream = new crypto.DigestStream("SHA-1"); const writer = stream.getWriter(); await writer.write("ab"); await writer.close(); return [stream.bytesWritten, (await stream.digest).byteLength];`, [2, 20]],
  [`crypto.subtle.sign("HMAC", {}, new Uint8Array(1))`, throws("TypeError")],
  [`crypto.subtle.sign("HMAC", Object.create(CryptoKey.prototype), new Uint8Array(1))`, throws("TypeError")],
  [`crypto.subtle.importKey("raw", new Uint8Array(1), ${HMAC}, true, [])`, throws("SyntaxError")],
  [`crypto.subtle.importKey("raw", new Uint8Array(1), ${HMAC}, true, ["encrypt"])`, throws("SyntaxError")],
  [`crypto.subtle.importKey("raw", new Uint8Array(1), ${HMAC}, true, ["fly"])`, throws("TypeError")],
  [`crypto.subtle.importKey("raw", new Uint8Array(0), ${HMAC}, true, ["sign"])`, throws("DataError")],
  [`crypto.subtle.importKey("raw", { kty: "oct" }, ${HMAC}, true, ["sign"])`, throws("TypeError")],
  [`crypto.subtle.importKey("jwk", new Uint8Array(1), ${HMAC}, true, ["sign"])`, throws("TypeError")],
  [`crypto.subtle.importKey("pkcs8", new Uint8Array(1), ${HMAC}, true, ["sign"])`, throws("NotSupportedError")],
  [`return (await crypto.subtle.importKey("raw", new Uint8Array(3), { name: "HMAC", hash: "SHA-1", length: 17 }, true, ["sign"])).algorithm.length;`, 17],
  [`crypto.subtle.importKey("raw", new Uint8Array(3), { name: "HMAC", hash: "SHA-1", length: 16 }, true, ["sign"])`, throws("DataError")],
  [`crypto.subtle.importKey("raw", new Uint8Array(3), { name: "HMAC", hash: "SHA-1", length: 25 }, true, ["sign"])`, throws("DataError")],
  [`return (await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-384" }, true, ["sign"])).algorithm.length;`, 1024],
  [`crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-384", length: 0 }, true, ["sign"])`, throws("OperationError")],
  [`crypto.subtle.generateKey(${HMAC}, true, [])`, throws("SyntaxError")],
  [`crypto.subtle.generateKey(${HMAC}, true, ["decrypt"])`, throws("SyntaxError")],
]);

const jwk = (members) => `crypto.subtle.importKey("jwk", ${members}, ${HMAC}, true, ["sign"])`;

table("JSON Web Keys", [
  [`return (${jwk(`{ kty: "oct", k: "AAAA", alg: "HS256", use: "sig", key_ops: ["verify", "sign", "x"], ext: true }`)}).then((key) => key.algorithm.length);`, 24],
  [jwk(`{ kty: "RSA", k: "AAAA" }`), throws("DataError")],
  [jwk(`{ kty: "oct" }`), throws("DataError")],
  [jwk(`{}`), throws("DataError")],
  [jwk(`null`), throws("DataError")],
  [jwk(`"text"`), throws("TypeError")],
  [jwk(`{ kty: "oct", k: "AA=" }`), throws("DataError")],
  [jwk(`{ kty: "oct", k: "AAAA", alg: "HS1" }`), throws("DataError")],
  [jwk(`{ kty: "oct", k: "AAAA", use: "enc" }`), throws("DataError")],
  [jwk(`{ kty: "oct", k: "AAAA", key_ops: ["sign", "sign"] }`), throws("DataError")],
  [jwk(`{ kty: "oct", k: "AAAA", key_ops: ["verify"] }`), throws("DataError")],
  [jwk(`{ kty: "oct", k: "AAAA", key_ops: 1 }`), throws("TypeError")],
  [jwk(`{ kty: "oct", k: "AAAA", ext: false }`), throws("DataError")],
  [jwk(`{ kty: "oct", k: Symbol() }`), throws("TypeError")],
]);

table("code of the guest is not called", [
  [`${KEY}
    Object.defineProperty(Array.prototype, 0, { set() { throw new Error("setter"); }, configurable: true });
    Object.defineProperty(Object.prototype, "kty", { set() { throw new Error("setter"); }, get: () => "oct", configurable: true });
    try {
      return [key.usages.length, (await crypto.subtle.exportKey("jwk", key)).kty];
    } finally {
      delete Array.prototype[0];
      delete Object.prototype.kty;
    }`, [2, "oct"]],
]);

table("timingSafeEqual", [
  [`crypto.subtle.timingSafeEqual(new Uint8Array([1, 2]), new Uint8Array([1, 2]).buffer)`, true],
  [`crypto.subtle.timingSafeEqual(new Uint8Array([1, 2]), new Uint8Array([1, 3]))`, false],
  [`crypto.subtle.timingSafeEqual(new Uint16Array(1), new Uint8Array(2))`, true],
  [`crypto.subtle.timingSafeEqual(new Uint8Array(1), new Uint8Array(2))`, throws("TypeError")],
  [`crypto.subtle.timingSafeEqual("a", "a")`, throws("TypeError")],
]);
