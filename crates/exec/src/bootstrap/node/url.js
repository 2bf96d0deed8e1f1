"use strict";
// node:url: the classes of the platform, paths of files, and the URLs of before.

const {
  invalidArgType, nodeError, validateObject, validateString,
} = require("internal/errors");
const querystring = require("querystring");

const { URL, URLPattern, URLSearchParams } = globalThis;

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

// Paths of files.

function fileURLToPath(url, options = undefined) {
  if (typeof url === "string") {
    url = new URL(url);
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

const ENCODED = { "%": "%25", "\\": "%5C", "\n": "%0A", "\r": "%0D", "\t": "%09", "?": "%3F", "#": "%23" };

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
  url.pathname = resolved.replace(/[%\\\n\r\t?#]/g, (character) => ENCODED[character]);
  return url;
}

const fileURLToPathBuffer = (url, options = undefined) => {
  const { Buffer } = require("buffer");
  return Buffer.from(fileURLToPath(url, options));
};

function domainOf(domain) {
  try {
    return new URL(`ws://${domain}`).hostname;
  } catch {
    return "";
  }
}

const domainToASCII = (domain) => {
  const text = `${domain}`;
  checkLength(text);
  return text === "" || /[/?#@:]/.test(text) ? "" : domainOf(text);
};

const domainToUnicode = (domain) => require("punycode").toUnicode(domainOf(`${domain}`));

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

// The URLs of before.

const WITH_SLASHES = new Set(["http", "https", "ftp", "gopher", "file", "ws", "wss"]);
const WITHOUT_HOST = new Set(["javascript"]);
const MAX_HOST = 255;

function Url() {
  this.protocol = null;
  this.slashes = null;
  this.auth = null;
  this.host = null;
  this.port = null;
  this.hostname = null;
  this.hash = null;
  this.search = null;
  this.query = null;
  this.pathname = null;
  this.path = null;
  this.href = null;
}

const schemeOf = (protocol) => (protocol ?? "").toLowerCase().replace(/:$/, "");

const ESCAPED = /[\t\n\r "'<>\\^`{|}]/g;

const escapedCharacter = (character) =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;

// Backslashes before the query are slashes.
function slashed(text) {
  const end = text.search(/[?#]/);
  return end < 0 ? text.replaceAll("\\", "/") : text.slice(0, end).replaceAll("\\", "/") + text.slice(end);
}

Url.prototype.parse = function parse(input, parseQuery = false, slashesDenoteHost = false) {
  validateString(input, "url");
  checkLength(input);
  let rest = slashed(input.replace(/^[\s\ufeff]+|[\s\ufeff]+$/g, ""));
  const simple = !slashesDenoteHost && !rest.includes("#") && /^(\/(?!\/)[^?\s]*)(\?\S*)?$/.exec(rest);
  if (simple) {
    setPath(this, simple[1].replace(ESCAPED, escapedCharacter), simple[2]?.replace(ESCAPED, escapedCharacter) ?? null, parseQuery);
    this.href = this.path;
    return this;
  }
  const written = /^[a-z0-9.+-]+:/i.exec(rest)?.[0];
  const protocol = written?.toLowerCase();
  if (protocol !== undefined) {
    this.protocol = protocol;
    rest = rest.slice(protocol.length);
  }
  const scheme = schemeOf(protocol);
  if (
    (slashesDenoteHost || protocol !== undefined || /^\/\/[^@/]+@[^@/]+/.test(rest)) &&
    rest.startsWith("//") && !WITHOUT_HOST.has(scheme)
  ) {
    this.slashes = true;
    rest = rest.slice(2);
  }
  const hasHost = !WITHOUT_HOST.has(scheme) &&
    (this.slashes || (written !== undefined && !WITH_SLASHES.has(written.slice(0, -1))));
  if (hasHost) {
    rest = takeHost(this, rest, input);
  }
  if (!WITHOUT_HOST.has(scheme)) {
    rest = rest.replace(ESCAPED, escapedCharacter);
  }
  const hash = rest.indexOf("#");
  if (hash >= 0) {
    this.hash = rest.slice(hash);
    rest = rest.slice(0, hash);
  }
  const question = rest.indexOf("?");
  let pathname = question < 0 ? rest : rest.slice(0, question);
  if (pathname === "" && WITH_SLASHES.has(scheme) && this.hostname) {
    pathname = "/";
  }
  setPath(this, pathname === "" ? null : pathname, question < 0 ? null : rest.slice(question), parseQuery);
  this.href = this.format();
  return this;
};

function setPath(url, pathname, search, parseQuery) {
  url.pathname = pathname;
  url.search = search;
  url.query = search === null ? null : search.slice(1);
  if (parseQuery) {
    url.search = search ?? "";
    url.query = querystring.parse(url.query ?? "");
  }
  if (pathname !== null || search !== null) {
    url.path = (pathname ?? "") + (search ?? "");
  }
}

function takeHost(url, rest, input) {
  // The authority goes to the first of these; what is before the last @ in it is for
  // authentication.
  let end = rest.search(/[/?#]/);
  if (end < 0) {
    end = rest.length;
  }
  const at = rest.lastIndexOf("@", end);
  if (at >= 0 && at < end) {
    url.auth = decodeURIComponent(rest.slice(0, at));
  }
  let host = rest.slice(at >= 0 && at < end ? at + 1 : 0, end);
  const stop = host.search(/[\t\n\r "%';<>\\^`{|}]/);
  let left = rest.slice(end);
  if (stop >= 0) {
    left = host.slice(stop) + left;
    host = host.slice(0, stop);
  }
  const port = /:(\d*)$/.exec(host);
  if (port !== null) {
    if (port[1] !== "") {
      [, url.port] = port;
    }
    host = host.slice(0, port.index);
  }
  const isAddress = host.startsWith("[") && host.endsWith("]");
  if (!isAddress) {
    const bad = host.search(/[^\w.\-+*$!&'(),=~\u0080-\uffff]/);
    if (bad >= 0) {
      left = `/${host.slice(bad)}${left}`;
      host = host.slice(0, bad);
    }
  }
  host = host.length > MAX_HOST ? "" : host.toLowerCase();
  if (!isAddress && host !== "" && /[^\0-\x7f]/.test(host)) {
    host = domainToASCII(host);
    if (host === "") {
      throw invalidUrl(input);
    }
  }
  url.hostname = isAddress ? host.slice(1, -1) : host;
  url.host = `${host}${url.port === null ? "" : `:${url.port}`}`;
  if (left !== "" && !/^[/?#]/.test(left)) {
    left = `/${left}`;
  }
  return left;
}

Url.prototype.format = function format() {
  for (const key of ["auth", "protocol", "host", "hostname", "pathname", "search", "hash"]) {
    checkLength(this[key]);
  }
  let auth = this.auth || "";
  if (auth !== "") {
    auth = `${encodeURIComponent(auth).replace(/%3A/i, ":")}@`;
  }
  let protocol = this.protocol || "";
  let pathname = this.pathname || "";
  let hash = this.hash || "";
  let host = "";
  if (this.host) {
    host = auth + this.host;
  } else if (this.hostname) {
    const isAddress = this.hostname.includes(":") && !this.hostname.startsWith("[");
    host = auth + (isAddress ? `[${this.hostname}]` : this.hostname) + (this.port ? `:${this.port}` : "");
  }
  const query = this.query !== null && typeof this.query === "object" ? querystring.stringify(this.query) : "";
  let search = this.search || (query === "" ? "" : `?${query}`);
  if (protocol !== "" && !protocol.endsWith(":")) {
    protocol += ":";
  }
  if (this.slashes || WITH_SLASHES.has(schemeOf(protocol))) {
    if (this.slashes || host !== "") {
      if (pathname !== "" && !pathname.startsWith("/")) {
        pathname = `/${pathname}`;
      }
      host = `//${host}`;
    } else if (schemeOf(protocol) === "file") {
      host = "//";
    }
  }
  pathname = pathname.replace(/[?#]/g, encodeURIComponent);
  search = search.replaceAll("#", "%23");
  if (hash !== "" && !hash.startsWith("#")) {
    hash = `#${hash}`;
  }
  if (search !== "" && !search.startsWith("?")) {
    search = `?${search}`;
  }
  return protocol + host + pathname + search + hash;
};

Url.prototype.resolve = function resolve(relative) {
  return this.resolveObject(urlParse(relative, false, true)).format();
};

function segmentsOf(pathname) {
  return pathname === null || pathname === "" ? [] : pathname.split("/");
}

Url.prototype.resolveObject = function resolveObject(relative) {
  if (typeof relative === "string") {
    relative = urlParse(relative, false, true);
  }
  const result = Object.assign(new Url(), this);
  result.hash = relative.hash;
  if (relative.href === "") {
    result.href = result.format();
    return result;
  }
  // `//host/path` is as it is, but for the protocol.
  if (relative.slashes && !relative.protocol) {
    const { protocol } = result;
    Object.assign(result, relative, { protocol });
    if (WITH_SLASHES.has(schemeOf(protocol)) && result.hostname && !result.pathname) {
      result.path = result.pathname = "/";
    }
    result.href = result.format();
    return result;
  }
  if (relative.protocol && relative.protocol !== result.protocol) {
    Object.assign(result, relative);
    if (!relative.host && WITH_SLASHES.has(schemeOf(relative.protocol)) && schemeOf(relative.protocol) !== "file" && !relative.slashes) {
      const parts = segmentsOf(relative.pathname);
      while (parts.length > 0 && !(relative.host = parts.shift())) {
        // Until there is one that is not empty.
      }
      result.host = result.hostname = relative.host ?? "";
      result.pathname = `/${parts.join("/")}`;
      result.path = result.pathname + (result.search ?? "");
    }
    result.slashes ||= relative.slashes;
    result.href = result.format();
    return result;
  }
  const isAbsolute = relative.host || relative.pathname?.startsWith("/");
  const keepsEnd = isAbsolute || result.pathname?.startsWith("/") || (result.host && relative.pathname);
  let parts = segmentsOf(result.pathname);
  const added = segmentsOf(relative.pathname);
  if (relative.host || relative.host === "") {
    if (result.host !== relative.host) {
      result.auth = null;
    }
    result.host = relative.host;
    result.hostname = relative.hostname;
    result.port = relative.port;
  }
  if (isAbsolute) {
    result.search = relative.search;
    result.query = relative.query;
    parts = added;
  } else if (added.length > 0) {
    parts.pop();
    parts = [...parts, ...added];
    result.search = relative.search;
    result.query = relative.query;
  } else if (relative.search !== null && relative.search !== undefined) {
    result.search = relative.search;
    result.query = relative.query;
    result.path = (result.pathname ?? "") + result.search;
    result.href = result.format();
    return result;
  }
  if (parts.length === 0) {
    result.pathname = null;
    result.path = result.search ? `/${result.search}` : null;
    result.href = result.format();
    return result;
  }
  const last = parts.at(-1);
  const isFolder = ((result.host || relative.host || parts.length > 1) && (last === "." || last === "..")) || last === "";
  let up = 0;
  for (let i = parts.length - 1; i >= 0; i--) {
    if (parts[i] === ".") {
      parts.splice(i, 1);
    } else if (parts[i] === "..") {
      parts.splice(i, 1);
      up++;
    } else if (up > 0) {
      parts.splice(i, 1);
      up--;
    }
  }
  if (!keepsEnd) {
    for (; up > 0; up--) {
      parts.unshift("..");
    }
  }
  if (keepsEnd && parts[0] !== "" && !parts[0]?.startsWith("/")) {
    parts.unshift("");
  }
  if (isFolder && !parts.join("/").endsWith("/")) {
    parts.push("");
  }
  if (parts.length === 0) {
    result.pathname = null;
    result.path = null;
  } else {
    result.pathname = parts.join("/");
    result.path = result.pathname + (result.search ?? "");
  }
  result.auth = relative.auth || result.auth;
  result.slashes ||= relative.slashes;
  result.href = result.format();
  return result;
};

function urlParse(url, parseQuery = false, slashesDenoteHost = false) {
  return url instanceof Url ? url : new Url().parse(url, parseQuery, slashesDenoteHost);
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
  const { auth = true, fragment = true, search = true, unicode = false } = options ?? {};
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

