// `/ROW/COUNT` does the operation of a row so many times, one after the other. Keys and what is
// verified are made by the first request of a row.
const { subtle } = crypto;

const iv = new Uint8Array(12).fill(1);
const message = (length) => new Uint8Array(length).fill(7);
const USAGES = ['sign', 'verify'];

const digest = (length) => async () => {
  const data = message(length);
  return () => subtle.digest('SHA-256', data);
};

const hmac = (length) => async () => {
  const key = await subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, USAGES);
  const data = message(length);
  return () => subtle.sign('HMAC', key, data);
};

const aesGcm = (length) => async () => {
  const key = await subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const data = message(length);
  return () => subtle.encrypt({ name: 'AES-GCM', iv }, key, data);
};

// Signs, or verifies what it has signed.
const signature = (algorithm, parameters, verifies) => async () => {
  const { privateKey, publicKey } = await subtle.generateKey(algorithm, false, USAGES);
  const data = message(1024);
  if (!verifies) return () => subtle.sign(parameters, privateKey, data);
  const signed = await subtle.sign(parameters, privateKey, data);
  return async () => {
    if (!(await subtle.verify(parameters, publicKey, signed, data))) throw new Error('not verified');
  };
};

const P256 = { name: 'ECDSA', namedCurve: 'P-256' };
const ECDSA = { name: 'ECDSA', hash: 'SHA-256' };
const ED25519 = { name: 'Ed25519' };
const RSA = {
  name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]),
};
const PKCS1 = { name: 'RSASSA-PKCS1-v1_5' };

async function pbkdf2() {
  const key = await subtle.importKey('raw', message(16), 'PBKDF2', false, ['deriveBits']);
  const parameters = { name: 'PBKDF2', hash: 'SHA-256', salt: message(16), iterations: 10000 };
  return () => subtle.deriveBits(parameters, key, 256);
}

const ROWS = {
  'digest-32': digest(32),
  'digest-1k': digest(1024),
  'digest-1m': digest(1 << 20),
  'hmac-32': hmac(32),
  'hmac-1k': hmac(1024),
  'hmac-1m': hmac(1 << 20),
  'aes-gcm-1k': aesGcm(1024),
  'aes-gcm-1m': aesGcm(1 << 20),
  'ecdsa-sign': signature(P256, ECDSA, false),
  'ecdsa-verify': signature(P256, ECDSA, true),
  'ed25519-sign': signature(ED25519, ED25519, false),
  'ed25519-verify': signature(ED25519, ED25519, true),
  'rsa-sign': signature(RSA, PKCS1, false),
  'rsa-verify': signature(RSA, PKCS1, true),
  'pbkdf2': pbkdf2,
};

// Those that are done at once.
const AT_ONCE = {
  'random-16': () => {
    const bytes = new Uint8Array(16);
    return () => crypto.getRandomValues(bytes);
  },
  'random-uuid': () => () => crypto.randomUUID(),
};

const made = new Map();

export default {
  async fetch(request) {
    const [, row, text] = new URL(request.url).pathname.split('/');
    const count = Number(text);
    if (!made.has(row)) made.set(row, await (ROWS[row] ?? AT_ONCE[row])());
    const run = made.get(row);
    if (row in AT_ONCE) {
      for (let i = 0; i < count; i++) run();
    } else {
      for (let i = 0; i < count; i++) await run();
    }
    return new Response(`done ${count}.`);
  },
};
