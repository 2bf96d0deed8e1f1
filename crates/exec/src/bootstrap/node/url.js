"use strict";
// node:url: the classes of the platform, paths of files, and the URLs of before.

const {
  invalidArgType, missingArgs, nodeError, validateObject, validateString,
} = require("internal/errors");
const { Url, urlParse } = require("internal/legacy_url");
const { checkLength, domainOf, invalidUrl } = require("internal/url_parts");

const { URL, URLPattern, URLSearchParams } = globalThis;

function parsed(text) {
  try {
    return new URL(text);
  } catch {
    throw invalidUrl(text);
  }
}

// Paths of files.

function fileURLToPath(url, options = undefined) {
  if (typeof url === "string") {
    url = parsed(url);
  } else if (typeof url?.href !== "string" || typeof url.protocol !== "string") {
    throw invalidArgType("path", ["string", "URL"], url);
  }
  if (url.protocol !== "file:") {
    throw nodeError(TypeError, "ERR_INVALID_URL_SCHEME", "The URL must be of scheme file");
  }
  const { hostname, pathname } = url;
  checkLength(pathname);
  const isWindows = options?.windows === true;
  if (isWindows ? /%(?:2f|5c)/i.test(pathname) : /%2f/i.test(pathname)) {
    throw nodeError(
      TypeError, "ERR_INVALID_FILE_URL_PATH",
      `File URL path must not include encoded ${isWindows ? "\\ or " : ""}/ characters`,
    );
  }
  if (!isWindows) {
    if (hostname !== "") {
      throw nodeError(
        TypeError, "ERR_INVALID_FILE_URL_HOST", 'File URL host must be "localhost" or empty on linux',
      );
    }
    return decodeURIComponent(pathname);
  }
  const path = decodeURIComponent(pathname.replaceAll("/", "\\"));
  if (hostname !== "") {
    return `\\\\${domainToUnicode(hostname)}${path}`;
  }
  if (!/^\\[A-Za-z]:/.test(path)) {
    throw nodeError(TypeError, "ERR_INVALID_FILE_URL_PATH", "File URL path must be absolute");
  }
  return path.slice(1);
}

// In paths of files these are none of a URL's.
const ENCODED = {
  "%": "%25", "\\": "%5C", "\n": "%0A", "\r": "%0D", "\t": "%09", "?": "%3F", "#": "%23",
  "[": "%5B", "]": "%5D", "^": "%5E", "|": "%7C", "~": "%7E",
};

function pathToFileURL(path, options = undefined) {
  validateString(path, "path");
  checkLength(path);
  const { posix, win32 } = require("path");
  const isWindows = options?.windows === true;
  let resolved = (isWindows ? win32 : posix).resolve(path);
  if (/[\\/]$/.test(path) && !/[\\/]$/.test(resolved) && (isWindows || path.endsWith("/"))) {
    resolved += isWindows ? "\\" : "/";
  }
  const url = new URL("file:///");
  if (isWindows) {
    const share = /^\\\\([^\\]+)(\\.*)$/.exec(resolved);
    if (share !== null) {
      url.hostname = share[1];
      [, , resolved] = share;
    }
    resolved = resolved.replaceAll("\\", "/");
  }
  url.pathname = resolved.replace(/[%\\\n\r\t?#[\]^|~]/g, (character) => ENCODED[character]);
  return url;
}

const fileURLToPathBuffer = (url, options = undefined) => {
  const { Buffer } = require("buffer");
  return Buffer.from(fileURLToPath(url, options));
};

function domainToASCII(...domains) {
  if (domains.length === 0) {
    throw missingArgs("domain");
  }
  return domainOf(`${domains[0]}`);
}

function domainToUnicode(...domains) {
  if (domains.length === 0) {
    throw missingArgs("domain");
  }
  return require("punycode").toUnicode(domainOf(`${domains[0]}`));
}

function urlToHttpOptions(url) {
  validateObject(url, "url");
  const { hash, hostname, href, password, pathname, port, protocol, search, username } = url;
  for (const part of [username, password]) {
    checkLength(part);
  }
  const options = {
    __proto__: null,
    ...url,
    protocol,
    hostname: hostname?.startsWith("[") ? hostname.slice(1, -1) : hostname,
    hash,
    search,
    pathname,
    path: `${pathname || ""}${search || ""}`,
    href,
  };
  if (port !== "") {
    options.port = Number(port);
  }
  if (username || password) {
    options.auth = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  }
  return options;
}

function isPlatformUrl(value) {
  try {
    return Object.getPrototypeOf(value) === URL.prototype && typeof value.href === "string";
  } catch {
    return false;
  }
}

function urlFormat(url, options = undefined) {
  if (typeof url === "string") {
    return urlParse(url).format();
  }
  if (typeof url !== "object" || url === null) {
    throw invalidArgType("urlObject", ["Object", "string"], url);
  }
  if (!isPlatformUrl(url)) {
    return Reflect.apply(Url.prototype.format, url, []);
  }
  if (options) {
    validateObject(options, "options");
  }
  const { auth = true, fragment = true, search = true, unicode = false } = options || {};
  const copy = new URL(url.href);
  if (!auth) {
    copy.username = "";
    copy.password = "";
  }
  if (!fragment) {
    copy.hash = "";
  }
  if (!search) {
    copy.search = "";
  }
  return unicode && copy.hostname !== ""
    ? copy.href.replace(copy.hostname, domainToUnicode(copy.hostname))
    : copy.href;
}

module.exports = {
  URL,
  URLPattern,
  URLSearchParams,
  Url,
  domainToASCII,
  domainToUnicode,
  fileURLToPath,
  fileURLToPathBuffer,
  format: urlFormat,
  parse: urlParse,
  pathToFileURL,
  resolve: (from, to) => urlParse(from, false, true).resolve(to),
  resolveObject: (from, to) => (from ? urlParse(from, false, true).resolveObject(to) : to),
  urlToHttpOptions,
};

