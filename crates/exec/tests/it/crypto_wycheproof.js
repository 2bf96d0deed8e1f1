// Tries one file of Project Wycheproof's vectors, and tells what was not as it should be.
const { subtle } = crypto;
const bytes = (hex) => Uint8Array.fromHex(hex);
const hexOf = (buffer) => new Uint8Array(buffer).toHex();

// Vectors with one of these flags may be accepted or refused. Here they are refused; all others that
// may be are accepted.
const REFUSED = {
  // RFC 3394 wraps two half blocks or more.
  ShortKey: true,
  // Curves have names, and containers are DER.
  InvalidAsn: true, UnnamedCurve: true, UnusedParam: true, WrongOrder: true, ModifiedGenerator: true,
  ModifiedCofactor: true, NoCofactor: true, ModifiedCurveParameter: true,
  // RFC 7748, 6.1: as Secure Curves wants it.
  ZeroSharedSecret: true,
  // The padding of a signature is compared as a whole.
  MissingNull: true,
};

// What does not come as far as the operation, valid or not: the error.
function beyond(algorithm, schema, group, test) {
  if (algorithm.startsWith("PBKDF2")) {
    // The bound on iterations.
    return test.iterationCount > 10_000_000 ? "OperationError" : null;
  }
  if (schema === "rsassa_pss_with_parameters_verify_schema.json") {
    // The standard takes the object identifier rsaEncryption only.
    return "DataError";
  }
  if (test.flags.includes("PublicKeyTooLong")) {
    // It is no key.
    return "DataError";
  }
  return null;
}

// The keys of a group, or of a vector, are imported once.
const keys = new Map();
function once(name, make) {
  if (!keys.has(name)) {
    keys.set(name, make());
  }
  return keys.get(name);
}

// A key in all of its formats: the first to use, when all have been taken.
const inAll = (group, formats, algorithm, usages) => once(group, async () => {
  const imported = [];
  for (const [format, data] of formats) {
    if (data !== undefined) {
      imported.push(await subtle.importKey(format, data, algorithm, true, usages));
    }
  }
  return imported[0];
});

function same(what, actual, expected) {
  if (actual !== expected) {
    throw new Error(`${what}: ${actual}`);
  }
}

async function aesGcm({ tagSize }, { key, iv, aad, msg, ct, tag, result }) {
  const imported = await subtle.importKey("raw", bytes(key), "AES-GCM", false, ["encrypt", "decrypt"]);
  const params = { name: "AES-GCM", iv: bytes(iv), additionalData: bytes(aad), tagLength: tagSize };
  if (result === "valid") {
    same("encrypted", hexOf(await subtle.encrypt(params, imported, bytes(msg))), ct + tag);
  }
  return hexOf(await subtle.decrypt(params, imported, bytes(ct + tag)));
}

async function aesCbc(_group, { key, iv, msg, ct, result }) {
  const imported = await subtle.importKey("raw", bytes(key), "AES-CBC", false, ["encrypt", "decrypt"]);
  const params = { name: "AES-CBC", iv: bytes(iv) };
  if (result === "valid") {
    same("encrypted", hexOf(await subtle.encrypt(params, imported, bytes(msg))), ct);
  }
  return hexOf(await subtle.decrypt(params, imported, bytes(ct)));
}

// Any bytes are a key of HMAC.
async function aesKw(_group, { key, msg, ct, result }) {
  const kek = await subtle.importKey("raw", bytes(key), "AES-KW", false, ["wrapKey", "unwrapKey"]);
  const hmac = { name: "HMAC", hash: "SHA-256" };
  if (result === "valid") {
    const inner = await subtle.importKey("raw", bytes(msg), hmac, true, ["sign"]);
    same("wrapped", hexOf(await subtle.wrapKey("raw", inner, kek, "AES-KW")), ct);
  }
  const inner = await subtle.unwrapKey("raw", bytes(ct), kek, "AES-KW", hmac, true, ["sign"]);
  return hexOf(await subtle.exportKey("raw", inner));
}

// Tags are not truncated: of those that are, the beginning of ours must be the same, and none is verified.
async function hmac(hash, { tagSize }, { key, msg, tag, result }) {
  const algorithm = { name: "HMAC", hash };
  const imported = await subtle.importKey("raw", bytes(key), algorithm, false, ["sign", "verify"]);
  const ours = hexOf(await subtle.sign("HMAC", imported, bytes(msg)));
  const verified = await subtle.verify("HMAC", imported, bytes(tag), bytes(msg));
  const isWhole = ours.length * 4 === tagSize;
  same("verified", verified, isWhole && result === "valid");
  return ours.slice(0, tagSize / 4) === tag;
}

async function hkdf(hash, _group, { ikm, salt, info, size }) {
  const key = await subtle.importKey("raw", bytes(ikm), "HKDF", false, ["deriveBits"]);
  return hexOf(await subtle.deriveBits({ name: "HKDF", hash, salt: bytes(salt), info: bytes(info) }, key, size * 8));
}

async function pbkdf2(hash, _group, { password, salt, iterationCount, dkLen }) {
  const key = await subtle.importKey("raw", bytes(password), "PBKDF2", false, ["deriveBits"]);
  const params = { name: "PBKDF2", hash, salt: bytes(salt), iterations: iterationCount };
  return hexOf(await subtle.deriveBits(params, key, dkLen * 8));
}

async function ecdsa(group, { msg, sig }) {
  const algorithm = { name: "ECDSA", namedCurve: CURVES[group.publicKey.curve].name };
  const formats = [
    ["spki", bytes(group.publicKeyDer)], ["raw", bytes(group.publicKey.uncompressed)],
    ["jwk", group.publicKeyJwk],
  ];
  const key = await inAll(group, formats, algorithm, ["verify"]);
  return subtle.verify({ name: "ECDSA", hash: group.sha }, key, bytes(sig), bytes(msg));
}

const CURVES = {
  secp256r1: { name: "P-256", size: 32, oid: "06082a8648ce3d030107" },
  secp384r1: { name: "P-384", size: 48, oid: "06052b81040022" },
  secp521r1: { name: "P-521", size: 66, oid: "06052b81040023" },
};

// DER; nothing here is longer than 127 bytes.
const der = (tag, ...parts) => {
  const content = parts.join("");
  return tag + (content.length / 2).toString(16).padStart(2, "0") + content;
};

// A PrivateKeyInfo without the public key.
function pkcs8({ size, oid }, number) {
  const scalar = number.slice(-2 * size).padStart(2 * size, "0");
  const key = der("30", "020101", der("04", scalar));
  return bytes(der("30", "020100", der("30", "06072a8648ce3d0201", oid), der("04", key)));
}

async function ecdh({ curve, encoding }, test) {
  const algorithm = { name: "ECDH", namedCurve: CURVES[curve].name };
  const own = await once(`${curve} ${test.private}`, () =>
    subtle.importKey("pkcs8", pkcs8(CURVES[curve], test.private), algorithm, false, ["deriveBits"]));
  const format = encoding === "asn" ? "spki" : "raw";
  const other = await subtle.importKey(format, bytes(test.public), algorithm, true, []);
  return hexOf(await subtle.deriveBits({ name: "ECDH", public: other }, own, null));
}

const X_KEYS = { curve25519: ["X25519", "302e020100300506032b656e04220420"], curve448: ["X448", "3046020100300506032b656f043a0438"] };

async function xdh({ curve }, test) {
  const [name, container] = X_KEYS[curve];
  const own = await subtle.importKey("pkcs8", bytes(container + test.private), name, false, ["deriveBits"]);
  const other = await subtle.importKey("raw", bytes(test.public), name, true, []);
  return hexOf(await subtle.deriveBits({ name, public: other }, own, null));
}

async function eddsa(group, { msg, sig }) {
  const name = { edwards25519: "Ed25519", edwards448: "Ed448" }[group.publicKey.curve];
  const formats = [
    ["spki", bytes(group.publicKeyDer)], ["raw", bytes(group.publicKey.pk)], ["jwk", group.publicKeyJwk],
  ];
  const key = await inAll(group, formats, name, ["verify"]);
  return subtle.verify(name, key, bytes(sig), bytes(msg));
}

async function rsa(name, group, { msg, sig }) {
  const formats = [["spki", bytes(group.publicKeyDer)], ["jwk", group.keyJwk ?? group.publicKeyJwk]];
  const key = await inAll(group, formats, { name, hash: group.sha }, ["verify"]);
  return subtle.verify({ name, saltLength: group.sLen }, key, bytes(sig), bytes(msg));
}

async function oaep(group, { ct, label }) {
  const formats = [["pkcs8", bytes(group.privateKeyPkcs8)], ["jwk", group.privateKeyJwk]];
  const key = await inAll(group, formats, { name: "RSA-OAEP", hash: group.sha }, ["decrypt"]);
  return hexOf(await subtle.decrypt({ name: "RSA-OAEP", label: bytes(label) }, key, bytes(ct)));
}

const SHA = { 1: "SHA-1", 256: "SHA-256", 384: "SHA-384", 512: "SHA-512" };
const hashed = (prefix, judge, wanted, refusals) => Object.entries(SHA).map(([bits, hash]) =>
  [prefix + bits, { attempt: (group, test) => judge(hash, group, test), wanted, refusals }]);

// What is done with a vector; the member that it must come to, if that is no truth; and the errors with
// which it may be refused.
const JUDGES = Object.fromEntries([
  ["AES-GCM", { attempt: aesGcm, wanted: "msg", refusals: ["OperationError"] }],
  ["AES-CBC-PKCS5", { attempt: aesCbc, wanted: "msg", refusals: ["OperationError"] }],
  ["AES-WRAP", { attempt: aesKw, wanted: "msg", refusals: ["OperationError"] }],
  ...hashed("HMACSHA", hmac, undefined, []),
  ...hashed("HKDF-SHA-", hkdf, "okm", ["OperationError"]),
  ...hashed("PBKDF2-HMACSHA", pbkdf2, "dk", []),
  ["ECDSA", { attempt: ecdsa, refusals: [] }],
  ["ECDH", { attempt: ecdh, wanted: "shared", refusals: ["DataError"] }],
  ["XDH", { attempt: xdh, wanted: "shared", refusals: ["OperationError"] }],
  ["EDDSA", { attempt: eddsa, refusals: [] }],
  ["RSASSA-PKCS1-v1_5", { attempt: (...given) => rsa("RSASSA-PKCS1-v1_5", ...given), refusals: [] }],
  ["RSASSA-PSS", { attempt: (...given) => rsa("RSA-PSS", ...given), refusals: [] }],
  ["RSAES-OAEP", { attempt: oaep, wanted: "msg", refusals: ["OperationError"] }],
]);

// What is wrong with what came of a vector; null if nothing is.
async function problemOf(algorithm, schema, group, test) {
  const { attempt, wanted, refusals } = JUDGES[algorithm];
  const limit = beyond(algorithm, schema, group, test);
  let outcome;
  try {
    outcome = await attempt(group, test);
  } catch (error) {
    if (!(error instanceof DOMException)) {
      return String(error);
    }
    const allowed = limit === null ? refusals : [limit];
    if (!allowed.includes(error.name)) {
      return String(error);
    }
    outcome = false;
  }
  const isAccepted = outcome !== false;
  const mustBe = limit === null && (test.result === "valid"
    || (test.result === "acceptable" && !test.flags.some((flag) => REFUSED[flag])));
  if (isAccepted !== mustBe) {
    return isAccepted ? "accepted" : "refused";
  }
  return isAccepted && wanted !== undefined && outcome !== test[wanted] ? `it came to ${outcome}` : null;
}

export default {
  async fetch(request) {
    const every = Number(new URL(request.url).pathname.slice(1));
    const { algorithm, schema, testGroups } = await request.json();
    const report = { tried: 0, notValid: 0, problems: [] };
    let valid = 0;
    keys.clear();
    for (const group of testGroups) {
      for (const test of group.tests) {
        if (test.result === "valid" && valid++ % every !== 0) {
          continue;
        }
        report.tried++;
        report.notValid += test.result === "valid" ? 0 : 1;
        const problem = await problemOf(algorithm, schema, group, test);
        if (problem !== null) {
          report.problems.push(`${test.tcId} (${test.result}, ${test.flags}; ${test.comment}): ${problem}`);
        }
      }
    }
    return Response.json(report);
  },
};
