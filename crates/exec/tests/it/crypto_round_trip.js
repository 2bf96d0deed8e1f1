// Run by Node.js and by a worker: `produce` makes keys in every format with what they sign, encrypt
// and derive; `consume` returns what it does not understand of that.
const { subtle } = globalThis.crypto;
const message = new TextEncoder().encode("a message of some length, longer than a block");
const encode = (buffer) => Array.from(new Uint8Array(buffer));
const decode = (list) => new Uint8Array(list);
const rsa = (name, hash) => ({ name, hash, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) });
// A key of 1024 bits, which are not generated.
const SHORT = { kty: "RSA", n: "yAChVVMVqTRrHcxs5MplASdYk_5dzoNJ0tf3Db9apT-lNW0Pr--t2LFxbnJcoGln4W5Rv361oM5qey6N88J3YHSFy3j7YbISl-MOlff_M55074eay7ihhHxZOIi2A60JbtA1pqSnGoGtE70gDL-NU4-8nYiMMmePnuwu1HUv858", e: "AQAB", d: "BV_G9gT6gwZujmlsz6UEm8hT3_4oxSDP_gNhlxP6OpCAPvRERKT7FeSGuMIH7SOH8A3H0o50EPMa915j4BXsoTWysrMIuJvNV3BTvClEaBIb6YUNSzA-ovaQQZcGwqWTjYRiojgHEacUyL_C8TdjrU8jxoQHCc39oy7bBJE5xKk", p: "7uR0r0f3X4rC8rWwhkZFUUHRYL5-r4hvc3sYi_8hTRGrzUnsVm_LpevVX4jw4suwN0dkxYbFloBiHaL1oIg_4w", q: "1lM3bS7jV1XJ8FJtzYPSK3nSkEhG_zz1dbgpGsFmCGzFyFBh9_f46_kXU5q_ERsV7N7P1Pd-ZwTkDuq8ogRSFQ", dp: "L53b4EBA_4tCFmy-tdT15h9vY5A04joYtPT5TJZbBeiazP2KHSSFfBoI2tUJ5rrg8fPKE1EsuzX12KBtw0TFLw", dq: "PPOhma1x_g5pxazLiVzp0m9s0JediUz-yaG8Ht3NdKvqe5NQqUKeSg2m8qHZoLXBQIIFPR29lvKvIQbk6nasGQ", qi: "fl8OsyK4UwJ8CKIO5fRFxd0KEFwS5tbtI4HhQ65VTab_rQjaeentVnT3ydLCew1aLiNVC3x0r7s1dN4dFKOxJg" };
const short = (name, hash) => ({ ...rsa(name, hash), modulusLength: 1024 });

async function generated(algorithm, usages) {
  if (algorithm.modulusLength !== 1024) return subtle.generateKey(algorithm, true, usages);
  const [privateUse, publicUse] = usages[0] === "sign" ? ["sign", "verify"] : ["decrypt", "encrypt"];
  const { kty, n, e } = SHORT;
  return {
    privateKey: await subtle.importKey("jwk", SHORT, algorithm, true, [privateUse]),
    publicKey: await subtle.importKey("jwk", { kty, n, e }, algorithm, true, [publicUse]),
  };
}

const SIGNATURES = [
  ...["SHA-1", "SHA-256", "SHA-384", "SHA-512"].map((hash) => [{ name: "HMAC", hash }, "HMAC"]),
  ...["P-256", "P-384", "P-521"].flatMap((namedCurve) => ["SHA-1", "SHA-256", "SHA-512"].map((hash) =>
    [{ name: "ECDSA", namedCurve }, { name: "ECDSA", hash }])),
  [{ name: "Ed25519" }, { name: "Ed25519" }],
  [{ name: "Ed448" }, { name: "Ed448" }],
  [rsa("RSASSA-PKCS1-v1_5", "SHA-256"), { name: "RSASSA-PKCS1-v1_5" }],
  [rsa("RSA-PSS", "SHA-256"), { name: "RSA-PSS", saltLength: 32 }],
  [rsa("RSA-PSS", "SHA-512"), { name: "RSA-PSS", saltLength: 17 }],
  [rsa("RSASSA-PKCS1-v1_5", "SHA-1"), { name: "RSASSA-PKCS1-v1_5" }],
  [rsa("RSA-PSS", "SHA-1"), { name: "RSA-PSS", saltLength: 20 }],
  ...["SHA-1", "SHA-256", "SHA-384", "SHA-512"].flatMap((hash) => [
    [short("RSASSA-PKCS1-v1_5", hash), { name: "RSASSA-PKCS1-v1_5" }],
    [short("RSA-PSS", hash), { name: "RSA-PSS", saltLength: 32 }],
  ]),
];
const CIPHERS = [128, 192, 256].flatMap((length) => [
  [{ name: "AES-CBC", length }, { name: "AES-CBC", iv: new Uint8Array(16).fill(1) }],
  [{ name: "AES-CTR", length }, { name: "AES-CTR", counter: new Uint8Array(16).fill(255), length: 20 }],
  [{ name: "AES-GCM", length }, { name: "AES-GCM", iv: new Uint8Array(12).fill(2) }],
  [{ name: "AES-GCM", length }, { name: "AES-GCM", iv: new Uint8Array(17).fill(2), additionalData: message, tagLength: 104 }],
]);
const AGREEMENTS = [...["P-256", "P-384", "P-521"].map((namedCurve) => ({ name: "ECDH", namedCurve })), { name: "X25519" }, { name: "X448" }];
const DERIVATIONS = [
  ...["SHA-1", "SHA-256", "SHA-384", "SHA-512"].flatMap((hash) => [
    { name: "HKDF", hash, salt: message, info: message },
    { name: "PBKDF2", hash, salt: message, iterations: 100 },
  ]),
];

async function exported(key) {
  const formats = { secret: ["raw", "jwk"], private: ["pkcs8", "jwk"], public: ["raw", "spki", "jwk"] }[key.type];
  const all = [];
  for (const format of formats) {
    if (format === "raw" && key.type === "public" && key.algorithm.name.startsWith("RSA")) continue;
    const value = await subtle.exportKey(format, key);
    all.push([format, format === "jwk" ? value : encode(value)]);
  }
  return all;
}

const imported = (format, value, algorithm, usages) =>
  subtle.importKey(format, format === "jwk" ? { ...value, key_ops: undefined } : decode(value), algorithm, true, usages);

async function produce() {
  const made = { signatures: [], ciphers: [], agreements: [], derivations: [], sealed: [], wrapped: [] };
  for (const [algorithm, parameters] of SIGNATURES) {
    const key = await generated(algorithm, ["sign", "verify"]);
    const [signing, verifying] = [key.privateKey ?? key, key.publicKey ?? key];
    const signature = encode(await subtle.sign(parameters, signing, message));
    made.signatures.push({ signing: await exported(signing), verifying: await exported(verifying), signature });
  }
  for (const [algorithm, parameters] of CIPHERS) {
    const key = await subtle.generateKey(algorithm, true, ["encrypt", "decrypt"]);
    made.ciphers.push({ keys: await exported(key), sealed: encode(await subtle.encrypt(parameters, key, message)) });
  }
  for (const algorithm of AGREEMENTS) {
    const [a, b] = [await subtle.generateKey(algorithm, true, ["deriveBits"]), await subtle.generateKey(algorithm, true, ["deriveBits"])];
    const shared = await subtle.deriveBits({ name: algorithm.name, public: a.publicKey }, b.privateKey, 256);
    made.agreements.push({ own: await exported(a.privateKey), other: await exported(b.publicKey), shared: encode(shared) });
  }
  for (const parameters of DERIVATIONS) {
    const key = await subtle.importKey("raw", message, parameters.name, false, ["deriveBits"]);
    made.derivations.push(encode(await subtle.deriveBits(parameters, key, 520)));
  }
  // One key for all hash functions: to make one takes long. Two digests of 384 bits leave no room in 1024 for the message.
  for (const [kind, hashes] of [[rsa, ["SHA-1", "SHA-256", "SHA-384", "SHA-512"]], [short, ["SHA-1", "SHA-256"]]]) {
    const pair = await generated(kind("RSA-OAEP", "SHA-1"), ["encrypt", "decrypt"]);
    const [pkcs8, spki] = [await subtle.exportKey("pkcs8", pair.privateKey), await subtle.exportKey("spki", pair.publicKey)];
    for (const hash of hashes) {
      const privateKey = await subtle.importKey("pkcs8", pkcs8, rsa("RSA-OAEP", hash), true, ["decrypt"]);
      const publicKey = await subtle.importKey("spki", spki, rsa("RSA-OAEP", hash), true, ["encrypt"]);
      const sealed = encode(await subtle.encrypt({ name: "RSA-OAEP", label: message }, publicKey, message));
      made.sealed.push({ keys: await exported(privateKey), sealed, hash });
    }
  }
  const inner = await subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt"]);
  for (const length of [128, 192, 256]) {
    const kek = await subtle.generateKey({ name: "AES-KW", length }, true, ["wrapKey"]);
    made.wrapped.push({
      inner: encode(await subtle.exportKey("raw", inner)), kek: encode(await subtle.exportKey("raw", kek)),
      wrapped: encode(await subtle.wrapKey("raw", inner, kek, "AES-KW")),
    });
  }
  return made;
}

async function consume(made) {
  const problems = [];
  const attempt = async (what, f) => {
    try {
      if (await f() !== true) problems.push(what);
    } catch (error) {
      problems.push(`${what}: ${error}`);
    }
  };
  const same = (a, b) => `${a}` === `${b}`;
  for (const [index, [algorithm, parameters]] of SIGNATURES.entries()) {
    const { signing, verifying, signature } = made.signatures[index];
    for (const [format, value] of verifying) {
      const what = JSON.stringify([algorithm, parameters, format]);
      await attempt(`${what} verifies`, async () =>
        subtle.verify(parameters, await imported(format, value, algorithm, ["verify"]), decode(signature), message));
    }
    for (const [format, value] of signing) {
      await attempt(`${JSON.stringify([algorithm, format])} signs`, async () => {
        const key = await imported(format, value, algorithm, ["sign"]);
        const publicKey = await imported(...verifying[0], algorithm, ["verify"]);
        return subtle.verify(parameters, publicKey, await subtle.sign(parameters, key, message), message);
      });
    }
  }
  for (const [index, [algorithm, parameters]] of CIPHERS.entries()) {
    const { keys, sealed } = made.ciphers[index];
    for (const [format, value] of keys) {
      await attempt(JSON.stringify([algorithm, format]), async () =>
        same(encode(await subtle.decrypt(parameters, await imported(format, value, algorithm, ["decrypt"]), decode(sealed))), encode(message)));
    }
  }
  for (const [index, algorithm] of AGREEMENTS.entries()) {
    const { own, other, shared } = made.agreements[index];
    for (const [format, value] of own) {
      for (const [otherFormat, otherValue] of other) {
        await attempt(JSON.stringify([algorithm, format, otherFormat]), async () => {
          const key = await imported(format, value, algorithm, ["deriveBits"]);
          const publicKey = await imported(otherFormat, otherValue, algorithm, []);
          return same(encode(await subtle.deriveBits({ name: algorithm.name, public: publicKey }, key, 256)), shared);
        });
      }
    }
  }
  for (const [index, parameters] of DERIVATIONS.entries()) {
    await attempt(parameters.name, async () => {
      const key = await subtle.importKey("raw", message, parameters.name, false, ["deriveBits"]);
      return same(encode(await subtle.deriveBits(parameters, key, 520)), made.derivations[index]);
    });
  }
  for (const { keys, sealed, hash } of made.sealed) {
    for (const [format, value] of keys) {
      await attempt(`RSA-OAEP ${hash} ${format}`, async () => {
        const key = await imported(format, value, rsa("RSA-OAEP", hash), ["decrypt"]);
        return same(encode(await subtle.decrypt({ name: "RSA-OAEP", label: message }, key, decode(sealed))), encode(message));
      });
    }
  }
  for (const { inner, kek, wrapped } of made.wrapped) {
    await attempt(`AES-KW ${kek.length}`, async () => {
      const key = await subtle.importKey("raw", decode(kek), "AES-KW", false, ["unwrapKey"]);
      const unwrapped = await subtle.unwrapKey("raw", decode(wrapped), key, "AES-KW", "AES-GCM", true, ["encrypt"]);
      return same(encode(await subtle.exportKey("raw", unwrapped)), inner);
    });
  }
  return problems;
}
