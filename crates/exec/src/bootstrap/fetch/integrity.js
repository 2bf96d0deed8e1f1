// Subresource Integrity: whether the body of an answer is the one that a fetch was told of.
(function (internals) {
  "use strict";
  const {
    PromisePrototypeThen, StringFromCharCode, StringPrototypeCharCodeAt, StringPrototypeIndexOf,
    StringPrototypeSlice, StringPrototypeToLowerCase, TypeError, TypedArrayPrototypeGetLength,
  } = internals.primordials;
  const { compute } = internals.computed;
  const { append } = internals.webidl;
  const { base64Encode, cryptoDigest } = internals.host;

  // The number that a hash function has for the host, which is its strength as well; 0 for none.
  function strengthOf(name) {
    switch (StringPrototypeToLowerCase(name)) {
      case "sha256":
        return 1;
      case "sha384":
        return 2;
      case "sha512":
        return 3;
      default:
        return 0;
    }
  }

  const isSpace = (code) =>
    code === 32 || code === 9 || code === 10 || code === 12 || code === 13;

  // The text of a digest as btoa would have it, without padding.
  function normalized(value) {
    let text = "";
    for (let i = 0; i < value.length; i++) {
      const c = value[i];
      if (c !== "=") {
        text += c === "-" ? "+" : c === "_" ? "/" : c;
      }
    }
    return text;
  }

  class Metadata {
    strength = 0;
    values = [];

    add(token) {
      const dash = StringPrototypeIndexOf(token, "-");
      const strength = dash === -1 ? 0 : strengthOf(StringPrototypeSlice(token, 0, dash));
      if (strength === 0 || strength < this.strength) {
        return;
      }
      if (strength > this.strength) {
        this.strength = strength;
        this.values = [];
      }
      const options = StringPrototypeIndexOf(token, "?");
      const end = options === -1 ? token.length : options;
      append(this.values, normalized(StringPrototypeSlice(token, dash + 1, end)));
    }
  }

  // What `integrity` asks for; null if that is nothing. Only the strongest function counts.
  function parse(integrity) {
    const metadata = new Metadata();
    let start = 0;
    for (let i = 0; i <= integrity.length; i++) {
      if (i === integrity.length || isSpace(StringPrototypeCharCodeAt(integrity, i))) {
        if (start < i) {
          metadata.add(StringPrototypeSlice(integrity, start, i));
        }
        start = i + 1;
      }
    }
    return metadata.strength === 0 ? null : metadata;
  }

  function toText(digest) {
    let binary = "";
    for (let i = 0; i < TypedArrayPrototypeGetLength(digest); i++) {
      binary += StringFromCharCode(digest[i]);
    }
    return normalized(base64Encode(binary));
  }

  function check({ values }, digest) {
    const text = toText(digest);
    for (let i = 0; i < values.length; i++) {
      if (values[i] === text) {
        return;
      }
    }
    throw new TypeError("fetch: the body is not the one that integrity says");
  }

  // Calls `resolve` with the bytes of `contents`, a promise of an object with them, if they have
  // the digest, and `reject` otherwise.
  function verify(metadata, contents, resolve, reject) {
    const checked = PromisePrototypeThen(contents, ({ bytes }) => {
      const digest = compute(
        (id) => cryptoDigest(id, metadata.strength, bytes),
        (value) => check(metadata, value),
      );
      return digest === undefined
        ? { __proto__: null, bytes }
        : PromisePrototypeThen(digest, () => ({ __proto__: null, bytes }));
    });
    PromisePrototypeThen(checked, ({ bytes }) => resolve(bytes), reject);
  }

  internals.integrity = { __proto__: null, parse, verify };
})
