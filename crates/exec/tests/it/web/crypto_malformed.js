// Keys of every algorithm in every format, changed in every way that a seed thinks of: they are
// refused with an error that the standard has, or are keys that can be exported and imported again.
const { subtle } = crypto;
const BYTES_REFUSED = ["DataError"];
// A key with another `d` is one of another type, whose usages are others; `oth` is supported by nobody;
// and members are converted before anything is looked at.
const JWK_REFUSED = ["DataError", "SyntaxError", "NotSupportedError", "TypeError"];

// mulberry32
let state = 0x5eed;
function random(below) {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % below;
}
const pick = (list) => list[random(list.length)];

function changedBytes(original) {
  const bytes = Array.from(original);
  const at = random(bytes.length);
  switch (random(8)) {
    case 0: bytes[at] ^= 1 << random(8); break;
    case 1: bytes[at] = pick([0, 1, 0x7f, 0x80, 0xff]); break;
    case 2: bytes.length = at; break;
    case 3: bytes.push(...Array.from({ length: 1 + random(20) }, () => random(256))); break;
    case 4: bytes.splice(at, 1 + random(4)); break;
    case 5: bytes.splice(at, 0, random(256)); break;
    // Near the front is what the containers say of lengths and kinds.
    case 6: bytes[random(Math.min(bytes.length, 30))] = random(256); break;
    default: bytes.fill(random(256), at); break;
  }
  return Uint8Array.from(bytes);
}

const TEXTS = ["", "A", "AA", "AA==", "+/+/", "\u00e9", "\u0000", "AQAB", "A".repeat(5000), "_".repeat(86)];
const VALUES = [undefined, null, true, 0, -1, 1e300, {}, [], [{}], ["sign", "sign"], ["x"], "sig", "enc", "oct", "EC", "OKP", "RSA", "P-256", "Ed25519", "X448", "ES256"];
const MEMBERS = ["alg", "crv", "d", "dp", "dq", "e", "ext", "k", "key_ops", "kty", "n", "oth", "p", "q", "qi", "use", "x", "y"];

function changedJwk(original) {
  const jwk = { ...original };
  for (let changes = 1 + random(2); changes > 0; changes--) {
    const member = random(3) === 0 ? pick(MEMBERS) : pick(Object.keys(original));
    const text = jwk[member];
    if (typeof text === "string" && text !== "" && random(2) === 0) {
      const at = random(text.length);
      jwk[member] = pick([text.slice(0, at), text + text[at], text.slice(0, at) + pick(["A", "_", "=", " "]) + text.slice(at + 1)]);
    } else {
      jwk[member] = pick(random(2) === 0 ? TEXTS : VALUES);
    }
  }
  return jwk;
}

async function tryOne(format, data, algorithm, usages, refused) {
  let key;
  try {
    key = await subtle.importKey(format, data, algorithm, true, usages);
  } catch (error) {
    const isOfStandard = error instanceof (error.name === "TypeError" ? TypeError : DOMException);
    assert(isOfStandard && refused.includes(error.name), `${JSON.stringify(algorithm)} ${format} ${show(data)}: ${error}`);
    return false;
  }
  const again = await subtle.exportKey(format, key);
  const twice = await subtle.exportKey(format, await subtle.importKey(format, again, algorithm, true, key.usages));
  assertEquals(twice, again);
  return true;
}

// How many of so many changed keys were refused: not all of what is changed matters.
async function tryMany(times, format, original, algorithm, usages) {
  assert(await tryOne(format, original, algorithm, usages, []));
  let refused = 0;
  for (let i = 0; i < times; i++) {
    const taken = format === "jwk"
      ? await tryOne(format, changedJwk(original), algorithm, usages, JWK_REFUSED)
      : await tryOne(format, changedBytes(new Uint8Array(original)), algorithm, usages, BYTES_REFUSED);
    refused += taken ? 0 : 1;
  }
  return refused;
}

async function tryPair({ privateKey, publicKey }, algorithm, times) {
  const formats = [["pkcs8", privateKey], ["jwk", privateKey], ["spki", publicKey], ["jwk", publicKey]];
  if (!algorithm.name.startsWith("RSA")) formats.push(["raw", publicKey]);
  let refused = 0;
  for (const [format, key] of formats) {
    refused += await tryMany(times, format, await subtle.exportKey(format, key), algorithm, key.usages);
  }
  assert(refused > times, `${refused} were refused`);
}

check("secrets", async () => {
  for (const [algorithm, usages] of [
    [{ name: "HMAC", hash: "SHA-256" }, ["sign", "verify"]], ["AES-CBC", ["encrypt"]], ["AES-CTR", ["decrypt"]],
    ["AES-GCM", ["encrypt", "decrypt"]], ["AES-KW", ["wrapKey"]],
  ]) {
    const key = await subtle.importKey("raw", new Uint8Array(32).fill(7), algorithm, true, usages);
    assert(await tryMany(200, "jwk", await subtle.exportKey("jwk", key), algorithm, usages) > 20);
    await tryMany(100, "raw", await subtle.exportKey("raw", key), algorithm, usages);
  }
  // Any bytes are a password.
  for (const name of ["HKDF", "PBKDF2"]) {
    await subtle.importKey("raw", new Uint8Array(0), name, false, ["deriveBits"]);
    for (const format of ["jwk", "spki", "pkcs8"]) {
      await assertRejects(subtle.importKey(format, format === "jwk" ? { kty: "oct", k: "AA" } : new Uint8Array(1), name, false, ["deriveBits"]), "NotSupportedError");
    }
  }
});

check("curves", async () => {
  const algorithms = ["P-256", "P-384", "P-521"].flatMap((namedCurve) => [{ name: "ECDSA", namedCurve }, { name: "ECDH", namedCurve }]);
  for (const algorithm of [...algorithms, { name: "Ed25519" }, { name: "X25519" }, { name: "Ed448" }, { name: "X448" }]) {
    const usages = algorithm.name.startsWith("E") && algorithm.name !== "ECDH" ? ["sign", "verify"] : ["deriveBits"];
    await tryPair(await subtle.generateKey(algorithm, true, usages), algorithm, 60);
  }
});

// A key of 1024 bits, which are not generated.
const SHORT = { kty: "RSA", n: "yAChVVMVqTRrHcxs5MplASdYk_5dzoNJ0tf3Db9apT-lNW0Pr--t2LFxbnJcoGln4W5Rv361oM5qey6N88J3YHSFy3j7YbISl-MOlff_M55074eay7ihhHxZOIi2A60JbtA1pqSnGoGtE70gDL-NU4-8nYiMMmePnuwu1HUv858", e: "AQAB", d: "BV_G9gT6gwZujmlsz6UEm8hT3_4oxSDP_gNhlxP6OpCAPvRERKT7FeSGuMIH7SOH8A3H0o50EPMa915j4BXsoTWysrMIuJvNV3BTvClEaBIb6YUNSzA-ovaQQZcGwqWTjYRiojgHEacUyL_C8TdjrU8jxoQHCc39oy7bBJE5xKk", p: "7uR0r0f3X4rC8rWwhkZFUUHRYL5-r4hvc3sYi_8hTRGrzUnsVm_LpevVX4jw4suwN0dkxYbFloBiHaL1oIg_4w", q: "1lM3bS7jV1XJ8FJtzYPSK3nSkEhG_zz1dbgpGsFmCGzFyFBh9_f46_kXU5q_ERsV7N7P1Pd-ZwTkDuq8ogRSFQ", dp: "L53b4EBA_4tCFmy-tdT15h9vY5A04joYtPT5TJZbBeiazP2KHSSFfBoI2tUJ5rrg8fPKE1EsuzX12KBtw0TFLw", dq: "PPOhma1x_g5pxazLiVzp0m9s0JediUz-yaG8Ht3NdKvqe5NQqUKeSg2m8qHZoLXBQIIFPR29lvKvIQbk6nasGQ", qi: "fl8OsyK4UwJ8CKIO5fRFxd0KEFwS5tbtI4HhQ65VTab_rQjaeentVnT3ydLCew1aLiNVC3x0r7s1dN4dFKOxJg" };

check("short RSA keys", async () => {
  for (const [name, privateUse, publicUse, times] of [["RSASSA-PKCS1-v1_5", "sign", "verify", 60], ["RSA-PSS", "sign", "verify", 15], ["RSA-OAEP", "decrypt", "encrypt", 15]]) {
    const algorithm = { name, hash: "SHA-256" };
    const privateKey = await subtle.importKey("jwk", SHORT, algorithm, true, [privateUse]);
    const publicKey = await subtle.importKey("jwk", { kty: "RSA", n: SHORT.n, e: SHORT.e }, algorithm, true, [publicUse]);
    await tryPair({ privateKey, publicKey }, algorithm, times);
  }
});

check("RSA", async () => {
  const rsa = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const parameters = { ...rsa, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  const pair = await subtle.generateKey(parameters, true, ["sign", "verify"]);
  await tryPair(pair, rsa, 40);
  const [pkcs8, spki] = [await subtle.exportKey("pkcs8", pair.privateKey), await subtle.exportKey("spki", pair.publicKey)];
  for (const [name, privateUse, publicUse] of [["RSA-PSS", "sign", "verify"], ["RSA-OAEP", "decrypt", "encrypt"]]) {
    const algorithm = { name, hash: "SHA-512" };
    const privateKey = await subtle.importKey("pkcs8", pkcs8, algorithm, true, [privateUse]);
    const publicKey = await subtle.importKey("spki", spki, algorithm, true, [publicUse]);
    await tryPair({ privateKey, publicKey }, algorithm, 15);
  }
});

check("formats that there are not", async () => {
  for (const [format, algorithm, usages] of [
    ["spki", { name: "HMAC", hash: "SHA-1" }, ["sign"]], ["pkcs8", "AES-GCM", ["encrypt"]], ["spki", "AES-KW", ["wrapKey"]],
    ["raw", { name: "RSA-PSS", hash: "SHA-256" }, ["verify"]],
  ]) {
    await assertRejects(subtle.importKey(format, new Uint8Array(64), algorithm, true, usages), "NotSupportedError");
  }
  await assertRejects(subtle.importKey("der", new Uint8Array(64), "AES-GCM", true, ["encrypt"]), "TypeError");
  // A key in the format of the other type.
  const { privateKey, publicKey } = await subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const [pkcs8, spki] = [await subtle.exportKey("pkcs8", privateKey), await subtle.exportKey("spki", publicKey)];
  const p256 = { name: "ECDSA", namedCurve: "P-256" };
  await assertRejects(subtle.importKey("spki", pkcs8, p256, true, ["verify"]), "DataError");
  await assertRejects(subtle.importKey("pkcs8", spki, p256, true, ["sign"]), "DataError");
  await assertRejects(subtle.importKey("spki", spki, p256, true, ["sign"]), "SyntaxError");
  await assertRejects(subtle.importKey("pkcs8", pkcs8, p256, true, ["verify"]), "SyntaxError");
});
