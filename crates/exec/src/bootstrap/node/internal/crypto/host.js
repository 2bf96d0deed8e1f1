"use strict";
// What the host does for node:crypto. It is given bytes, which others have checked, and is not
// interrupted: of what is long it gets a part at a time.
const {
  Error, MathMin, PromisePrototypeThen, StringPrototypeIndexOf, StringPrototypeSlice, TypedArrayPrototypeGetLength,
  TypedArrayPrototypeSet, Uint8Array,
} = primordials;
const { compute } = internals.computed;
const {
  cipherStep, cryptoEqual, cryptoPbkdf2, cryptoSecretImport, gcmTag, hashClone, hashFinish, hashKnows, hashNew,
  hashOnce, hashPush, pbkdf2Step, randomFill, randomUuid,
} = internals.host;

const PIECE = 1 << 20;

// So much is kept here before the host has to keep it.
const MOST_HELD = 4096;

// The host gives a failure as a text: a name, a colon, a message.
function checked(value) {
  if (typeof value === "string") {
    throw new Error(StringPrototypeSlice(value, StringPrototypeIndexOf(value, ":") + 1));
  }
  return value;
}

const isHash = (name) => hashKnows(name);

// The digest of `bytes`; with a key, their HMAC.
function digestOf(name, key, bytes) {
  if (TypedArrayPrototypeGetLength(bytes) <= PIECE) {
    return checked(hashOnce(name, key, bytes));
  }
  const running = new Running(name, key);
  running.update(bytes);
  return running.finish();
}

// A digest that is under way. What is short is digested at once at its end, and is nothing to the host
// before.
class Running {
  #name;
  #key;
  #held = null;
  #length = 0;
  #handle = null;

  constructor(name, key) {
    this.#name = name;
    this.#key = key;
  }

  update(bytes) {
    const length = TypedArrayPrototypeGetLength(bytes);
    if (this.#handle === null) {
      if (this.#length + length <= MOST_HELD) {
        this.#hold(bytes, length);
        return;
      }
      const handle = checked(hashNew(this.#name, this.#key));
      if (this.#length > 0) {
        checked(hashPush(handle, this.#held, 0, this.#length));
      }
      this.#held = null;
      this.#handle = handle;
    }
    for (let start = 0; start < length; start += PIECE) {
      checked(hashPush(this.#handle, bytes, start, MathMin(length, start + PIECE)));
    }
  }

  #hold(bytes, length) {
    const all = this.#length + length;
    if (this.#held === null || TypedArrayPrototypeGetLength(this.#held) < all) {
      const larger = new Uint8Array(MathMin(MOST_HELD, all * 2));
      if (this.#held !== null) {
        TypedArrayPrototypeSet(larger, this.#held);
      }
      this.#held = larger;
    }
    TypedArrayPrototypeSet(this.#held, bytes, this.#length);
    this.#length = all;
  }

  finish() {
    if (this.#handle !== null) {
      return checked(hashFinish(this.#handle));
    }
    const bytes = new Uint8Array(this.#length);
    for (let i = 0; i < this.#length; i++) {
      bytes[i] = this.#held[i];
    }
    return checked(hashOnce(this.#name, this.#key, bytes));
  }

  clone() {
    const other = new Running(this.#name, this.#key);
    if (this.#handle !== null) {
      other.#handle = checked(hashClone(this.#handle));
    } else if (this.#held !== null) {
      other.#held = new Uint8Array(this.#held);
      other.#length = this.#length;
    }
    return other;
  }
}

const equal = (a, b) => cryptoEqual(a, b);

const fillRandomly = (bytes) => randomFill(bytes);

const uuid = () => randomUuid();

// `output` is where the first block of it is derived to: the result of the first iteration.
function iterate(name, key, first, iterations) {
  const length = TypedArrayPrototypeGetLength(first);
  let last = first;
  let sum = first;
  for (let done = 1; done < iterations; done += 500) {
    const both = checked(pbkdf2Step(name, key, last, sum, MathMin(500, iterations - done)));
    last = new Uint8Array(length);
    sum = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
      last[i] = both[i];
      sum[i] = both[length + i];
    }
  }
  return sum;
}

// By their numbers for `crypto.subtle`.
const SUBTLE = { __proto__: null, sha1: 0, sha256: 1, sha384: 2, sha512: 3 };

// Derives on another thread, for `done(error, bytes)`; false if it has to be done here.
function deriveElsewhere(name, password, salt, iterations, length, done) {
  const hash = SUBTLE[name];
  if (hash === undefined) {
    return false;
  }
  const key = checked(cryptoSecretImport(password, 0));
  const given = compute((id) => cryptoPbkdf2(id, key, hash, salt, iterations, length, false), (bytes) => ({
    __proto__: null, bytes,
  }));
  if (given.bytes !== undefined) {
    done(null, given.bytes);
  } else {
    PromisePrototypeThen(given, (later) => done(null, later.bytes), (error) => done(error));
  }
  return true;
}

const cipher = (mode, key, decrypts, iv, data) => checked(cipherStep(mode, key, decrypts, iv, data));

// Of GCM: the tag, and the counter before the data's, 16 bytes each.
const tagOf = (key, iv, additional, data) => checked(gcmTag(key, iv, additional, data));

module.exports = {
  Running, cipher, deriveElsewhere, digestOf, equal, fillRandomly, isHash, iterate, tagOf, uuid,
};
