"use strict";
// util.MIMEType and util.MIMEParams

const { nodeError } = require("internal/errors");
const { replaceEach } = require("internal/pieces");

const TOKEN = /^[!#$%&'*+\-.^_`|~A-Za-z0-9]+$/;
const VALUE = /^[\t\u0020-\u007E\u0080-\u00FF]*$/;

function invalid(what, text, at) {
  return nodeError(
    TypeError, "ERR_INVALID_MIME_SYNTAX",
    `The MIME syntax for a ${what} in ${text} is invalid${at < 0 ? "" : ` at ${at}`}`,
  );
}

function check(what, text, whole = text) {
  if (!TOKEN.test(text)) {
    throw invalid(what, `"${whole}"`, -1);
  }
  return text;
}

let parse;

class MIMEParams {
  #entries = new Map();

  delete(name) {
    this.#entries.delete(`${name}`);
  }

  get(name) {
    const value = this.#entries.get(`${name}`);
    return value === undefined ? null : value;
  }

  has(name) {
    return this.#entries.has(`${name}`);
  }

  set(name, value) {
    name = `${name}`;
    value = `${value}`;
    check("parameter name", name);
    if (!VALUE.test(value)) {
      throw invalid("parameter value", `"${value}"`, -1);
    }
    this.#entries.set(name, value);
  }

  *entries() {
    yield* this.#entries.entries();
  }

  *keys() {
    yield* this.#entries.keys();
  }

  *values() {
    yield* this.#entries.values();
  }

  toString() {
    return [...this.#entries].map(([name, value]) => {
      const isQuoted = value === "" || !TOKEN.test(value);
      return `${name}=${isQuoted ? `"${replaceEach(value, /["\\]/g, "\\$&")}"` : value}`;
    }).join(";");
  }

  toJSON() {
    return this.toString();
  }

  static {
    parse = (params, text) => {
      const parameter = /[\t\n\f\r ]*([^;=]*)(?:=(?:"((?:\\.|[^"\\])*)"?[^;]*|([^;]*)))?(?:;|$)/gy;
      while (parameter.lastIndex < text.length) {
        const [, name, quoted, plain = ""] = parameter.exec(text) ?? [];
        if (name === undefined) {
          return;
        }
        const value = quoted === undefined ? plain.replace(/[\t\n\f\r ]+$/, "") : quoted.replace(/\\(.)/g, "$1");
        const key = name.toLowerCase();
        const isThere = quoted !== undefined || value !== "";
        if (TOKEN.test(key) && isThere && VALUE.test(value) && !params.#entries.has(key)) {
          params.#entries.set(key, value);
        }
      }
    };
  }
}
Object.defineProperty(MIMEParams.prototype, Symbol.iterator, {
  __proto__: null, configurable: true, value: MIMEParams.prototype.entries, writable: true,
});

class MIMEType {
  #type;
  #subtype;
  #params = new MIMEParams();

  constructor(input) {
    const text = `${input}`.replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, "");
    const slash = text.indexOf("/");
    const type = slash < 0 ? text : text.slice(0, slash);
    if (slash < 0 || !TOKEN.test(type)) {
      throw invalid("type", `"${input}"`, -1);
    }
    const semicolon = text.indexOf(";", slash);
    const subtype = text.slice(slash + 1, semicolon < 0 ? undefined : semicolon).replace(/[\t\n\f\r ]+$/, "");
    if (!TOKEN.test(subtype)) {
      throw invalid("subtype", `"${input}"`, -1);
    }
    this.#type = type.toLowerCase();
    this.#subtype = subtype.toLowerCase();
    if (semicolon >= 0) {
      parse(this.#params, text.slice(semicolon + 1));
    }
  }

  get type() {
    return this.#type;
  }

  set type(value) {
    this.#type = check("type", `${value}`).toLowerCase();
  }

  get subtype() {
    return this.#subtype;
  }

  set subtype(value) {
    this.#subtype = check("subtype", `${value}`).toLowerCase();
  }

  get essence() {
    return `${this.#type}/${this.#subtype}`;
  }

  get params() {
    return this.#params;
  }

  toString() {
    const parameters = this.#params.toString();
    return `${this.essence}${parameters === "" ? "" : `;${parameters}`}`;
  }

  toJSON() {
    return this.toString();
  }
}

module.exports = { MIMEParams, MIMEType };
