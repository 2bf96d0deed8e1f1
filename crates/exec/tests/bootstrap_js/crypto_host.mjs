// The host functions of `crypto` that the tests of the bootstrap need, by Node's own. Nothing
// here takes long.
import { createHash, createHmac, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";

const HASHES = ["sha1", "sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512"];

export function cryptoHost() {
  const keys = new Map();
  const bytes = (view) => Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  const hold = (key) => {
    keys.set(keys.size + 1, key);
    return keys.size;
  };
  const firstBits = (key, bits) => {
    const some = Buffer.from(key.subarray(0, Math.ceil(bits / 8)));
    if (bits % 8 !== 0) some[some.length - 1] &= 0xff << (8 - (bits % 8));
    return some;
  };
  const hmac = (key, hash, data) =>
    createHmac(HASHES[hash], keys.get(key)).update(bytes(data)).digest();
  return {
    randomUuid: randomUUID,
    cryptoDigest: (_id, hash, data) => createHash(HASHES[hash]).update(bytes(data)).digest(),
    cryptoDigestNew: (hash) => hold(createHash(HASHES[hash])),
    cryptoDigestPush: (digest, data) => keys.get(digest).update(bytes(data)) !== undefined,
    cryptoDigestFinish: (digest) => keys.get(digest).digest(),
    cryptoEqual: (a, b) => timingSafeEqual(bytes(a), bytes(b)),
    cryptoHmacSign: (_id, key, hash, data) => hmac(key, hash, data),
    cryptoHmacVerify: (_id, key, hash, tag, data) => hmac(key, hash, data).equals(bytes(tag)),
    cryptoSecretBits: (key) => keys.get(key).length * 8,
    cryptoKeyExport: (key) => keys.get(key),
    cryptoKeyToJwk: (key) => [keys.get(key).toString("base64url")],
    cryptoSecretFirstBits: (key, bits) => hold(firstBits(keys.get(key), bits)),
    cryptoSecretFromJwk: (k) =>
      /^[\w-]*$/.test(k) ? hold(Buffer.from(k, "base64url")) : "DataError:k is not base64url without padding",
    cryptoSecretGenerate: (bits) => hold(firstBits(randomBytes(Math.ceil(bits / 8)), bits)),
    cryptoSecretImport: (view) => hold(Buffer.from(bytes(view))),
  };
}
