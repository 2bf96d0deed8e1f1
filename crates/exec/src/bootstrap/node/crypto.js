"use strict";
// node:crypto
const { nodeError } = require("internal/errors");
const { Cipheriv, Decipheriv, createCipheriv, createDecipheriv, getCipherInfo, getCiphers } =
  require("internal/crypto/cipher");
const { hkdf, hkdfSync, pbkdf2, pbkdf2Sync } = require("internal/crypto/derive");
const { Hash, Hmac, createHash, createHmac, hash } = require("internal/crypto/hash");
const { KeyObject, createSecretKey, generateKey, generateKeySync, timingSafeEqual } =
  require("internal/crypto/keys");
const { randomBytes, randomFill, randomFillSync, randomInt, randomUUID } = require("internal/crypto/random");
const { scrypt, scryptSync } = require("internal/crypto/scrypt");
const { crypto } = require("internal/web");

const HASHES = [
  "RSA-MD5", "RSA-SHA1", "RSA-SHA224", "RSA-SHA256", "RSA-SHA384", "RSA-SHA512", "RSA-SHA512/256", "md5", "sha1",
  "sha224", "sha256", "sha3-256", "sha3-384", "sha3-512", "sha384", "sha512", "sha512-256",
];

// Those that only tell that they are not there; classes among them may be extended.
const missing = {};
for (const name of [
  "Certificate", "Cipher", "Decipher", "DiffieHellman", "DiffieHellmanGroup", "ECDH", "Sign", "Verify", "X509Certificate",
  "checkPrime", "checkPrimeSync", "createDiffieHellman", "createDiffieHellmanGroup", "createECDH",
  "createPrivateKey", "createPublicKey", "createSign", "createVerify", "diffieHellman", "generateKeyPair",
  "generateKeyPairSync", "generatePrime", "generatePrimeSync", "getDiffieHellman", "privateDecrypt",
  "privateEncrypt", "publicDecrypt", "publicEncrypt", "secureHeapUsed", "setEngine", "setFips",
  "sign", "verify",
]) {
  missing[name] = {
    [name]: function () {
      throw nodeError(Error, "ERR_METHOD_NOT_IMPLEMENTED", `node:crypto.${name} is not available here`);
    },
  }[name];
}

module.exports = {
  ...missing,
  Cipheriv,
  Decipheriv,
  Hash,
  Hmac,
  KeyObject,
  constants: Object.assign(Object.create(null), {
    RSA_PKCS1_PADDING: 1,
    RSA_NO_PADDING: 3,
    RSA_PKCS1_OAEP_PADDING: 4,
    RSA_X931_PADDING: 5,
    RSA_PKCS1_PSS_PADDING: 6,
    RSA_PSS_SALTLEN_DIGEST: -1,
    RSA_PSS_SALTLEN_MAX_SIGN: -2,
    RSA_PSS_SALTLEN_AUTO: -2,
    POINT_CONVERSION_COMPRESSED: 2,
    POINT_CONVERSION_UNCOMPRESSED: 4,
    POINT_CONVERSION_HYBRID: 6,
  }),
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  generateKey,
  generateKeySync,
  getCipherInfo,
  getCiphers,
  getCurves: () => [],
  getFips: () => 0,
  getHashes: () => HASHES.slice(),
  getRandomValues: (array) => crypto.getRandomValues(array),
  hash,
  hkdf,
  hkdfSync,
  pbkdf2,
  pbkdf2Sync,
  randomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID,
  scrypt,
  scryptSync,
  subtle: crypto.subtle,
  timingSafeEqual,
  webcrypto: crypto,
};
