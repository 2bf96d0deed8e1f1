"use strict";
// What node:url and the URLs of before share: bounds, errors, names of hosts.

const { nodeError } = require("internal/errors");

const { URL } = globalThis;

// Of more characters there is no URL. V8 cannot be interrupted in what is done with them.
const MAX_LENGTH = 2 << 20;

function checkLength(text) {
  if (typeof text === "string" && text.length > MAX_LENGTH) {
    throw invalidUrl(`${text.slice(0, 100)}...`);
  }
}

function invalidUrl(input) {
  const error = nodeError(TypeError, "ERR_INVALID_URL", "Invalid URL");
  error.input = input;
  return error;
}

// What a host of this name is called in a URL; nothing if there is none.
function domainOf(domain) {
  checkLength(domain);
  const end = domain.search(/[/?#\\]/);
  const name = end < 0 ? domain : domain.slice(0, end);
  if (name === "" || name.includes("@") || (name.includes(":") && !name.startsWith("["))) {
    return "";
  }
  try {
    return new URL(`ws://${name}`).hostname;
  } catch {
    return "";
  }
}

module.exports = { checkLength, domainOf, invalidUrl };
