// The host functions of `crypto` that the tests of the bootstrap need, by Node's own. Nothing
// here takes long.
import {
  createCipheriv, createDecipheriv, createHash, createHmac, getHashes, randomBytes, randomUUID, timingSafeEqual,
} from "node:crypto";

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
  const begin = (name, key) => (key === undefined ? createHash(name) : createHmac(name, bytes(key)));
  const KNOWN = /^(md5|sha1|sha224|sha256|sha384|sha512|sha512-256|sha3-256|sha3-384|sha3-512)$/;
  return {
    hashKnows: (name) => KNOWN.test(name) && getHashes().includes(name),
    hashOnce: (name, key, data) => begin(name, key).update(bytes(data)).digest(),
    hashNew: (name, key) => hold({ name, key, parts: [] }),
    hashClone: (handle) => hold({ ...keys.get(handle), parts: [...keys.get(handle).parts] }),
    hashPush: (handle, data, start, end) =>
      keys.get(handle).parts.push(Buffer.from(bytes(data).subarray(start, end))) > 0,
    hashFinish: (handle) => {
      const { name, key, parts } = keys.get(handle);
      return begin(name, key).update(Buffer.concat(parts)).digest();
    },
    pbkdf2Step: (name, key, last, sum, times) => {
      let now = Buffer.from(bytes(last));
      const all = Buffer.from(bytes(sum));
      for (let i = 0; i < times; i++) {
        now = createHmac(name, bytes(key)).update(now).digest();
        for (let j = 0; j < all.length; j++) all[j] ^= now[j];
      }
      return Buffer.concat([now, all]);
    },
    cipherStep: (mode, key, decrypts, iv, data) => {
      const make = decrypts ? createDecipheriv : createCipheriv;
      const run = make(`aes-${key.length * 8}-${mode}`, bytes(key), mode === "ecb" ? null : bytes(iv)).setAutoPadding(false);
      return Buffer.concat([run.update(bytes(data)), run.final()]);
    },
    gcmTag: (key, iv, additional, data) => {
      const name = `aes-${key.length * 8}-gcm`;
      const plain = createDecipheriv(name, bytes(key), bytes(iv)).update(bytes(data));
      const run = createCipheriv(name, bytes(key), bytes(iv)).setAAD(bytes(additional));
      run.update(plain);
      run.final();
      // The first block of what zeros become is the encrypted counter behind the first.
      const stream = createCipheriv(name, bytes(key), bytes(iv)).update(Buffer.alloc(16));
      const ecb = createDecipheriv(`aes-${key.length * 8}-ecb`, bytes(key), null).setAutoPadding(false);
      const first = ecb.update(stream);
      first.writeUInt32BE((first.readUInt32BE(12) - 1) >>> 0, 12);
      return Buffer.concat([run.getAuthTag(), first]);
    },
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
