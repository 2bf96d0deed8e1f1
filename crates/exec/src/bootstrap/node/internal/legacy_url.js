"use strict";
// The URLs of before the standard: url.parse, url.format and url.resolve.

const { validateString } = require("internal/errors");
const { escapeBut } = require("internal/percent");
const { checkLength, domainOf, invalidUrl } = require("internal/url_parts");
const querystring = require("querystring");

// Of these `//` is expected before the host.
const SLASHED = new Set(["http", "https", "ftp", "gopher", "file", "ws", "wss"].flatMap((name) => [name, `${name}:`]));
const isSlashed = (protocol) => SLASHED.has(protocol);
// It has no host, and nothing in it is escaped.
const isScript = (protocol) => protocol === "javascript" || protocol === "javascript:";

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

const ESCAPED = /[\t\n\r "'<>\\^`{|}]/g;

const escapedCharacter = (character) =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;

const isSpace = (code) => code <= 32 || code === 0xa0 || code === 0xfeff;

// Without the space around it.
function trimmed(text) {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) {
    start++;
  }
  while (end > start && isSpace(text.charCodeAt(end - 1))) {
    end--;
  }
  return text.slice(start, end);
}

// Takes a string apart. What the standard calls invalid is mended, or has its place somewhere.
Url.prototype.parse = function parse(input, parseQuery = false, slashesDenoteHost = false) {
  validateString(input, "url");
  checkLength(input);
  let rest = trimmed(input);
  // Backslashes before the query are slashes.
  const query = rest.search(/[?#]/);
  const head = query < 0 ? rest : rest.slice(0, query);
  rest = head.replaceAll("\\", "/") + rest.slice(head.length);

  if (!slashesDenoteHost && !rest.includes("#") && !head.includes("@")) {
    const path = /^(\/\/?(?!\/)[^?\s]*)(\?\S*)?$/.exec(rest);
    if (path !== null) {
      this.path = rest;
      this.href = rest;
      this.pathname = path[1];
      takeQuery(this, path[2], parseQuery);
      return this;
    }
  }

  const scheme = /^[a-z0-9.+-]+:/i.exec(rest)?.[0];
  const protocol = scheme?.toLowerCase();
  if (scheme !== undefined) {
    this.protocol = protocol;
    rest = rest.slice(scheme.length);
  }
  let slashes = false;
  if (slashesDenoteHost || scheme !== undefined || /^\/\/[^@/]+@[^@/]+/.test(rest)) {
    slashes = rest.startsWith("//");
    if (slashes && !isScript(protocol)) {
      rest = rest.slice(2);
      this.slashes = true;
    }
  }
  if (!isScript(protocol) && (slashes || (scheme !== undefined && !isSlashed(scheme)))) {
    rest = takeHost(this, rest, input);
  }
  if (!isScript(protocol)) {
    rest = rest.replace(ESCAPED, escapedCharacter);
  }
  const hash = rest.indexOf("#");
  if (hash >= 0) {
    this.hash = rest.slice(hash);
    rest = rest.slice(0, hash);
  }
  const question = rest.indexOf("?");
  takeQuery(this, question < 0 ? undefined : rest.slice(question), parseQuery);
  const pathname = question < 0 ? rest : rest.slice(0, question);
  if (pathname !== "") {
    this.pathname = pathname;
  } else if (isSlashed(protocol) && this.hostname) {
    this.pathname = "/";
  }
  if (this.pathname || this.search) {
    setPath(this);
  }
  this.href = this.format();
  return this;
};

function takeQuery(url, search, parseQuery) {
  if (search !== undefined) {
    url.search = search;
    const text = search.slice(1);
    url.query = parseQuery ? querystring.parse(text) : text;
  } else if (parseQuery) {
    url.query = { __proto__: null };
  }
}

function setPath(url) {
  url.path = (url.pathname || "") + (url.search || "");
}

// What ends a name of a host, but not what is for authentication before it.
const NO_HOST = /[ "%';<>\\^`{|}]/;
const NEVER_IN_HOST = /[\0\t\n\r #%/:<>?@[\\\]^|]/;
const NEVER_IN_ADDRESS = /[\0\t\n\r #%/<>?@\\^|]/;

// Takes the authority from the beginning of `rest`; returns what is behind it.
function takeHost(url, rest, input) {
  let end = rest.search(/[/?#]/);
  if (end < 0) {
    end = rest.length;
  }
  const authority = rest.slice(0, end).replace(/[\t\n\r]/g, "");
  rest = rest.slice(end);
  // What is before the last @ is for authentication.
  const at = authority.lastIndexOf("@");
  if (at >= 0) {
    url.auth = decodeURIComponent(authority.slice(0, at));
  }
  let host = authority.slice(at + 1);
  const stop = host.search(NO_HOST);
  if (stop >= 0) {
    rest = host.slice(stop) + rest;
    host = host.slice(0, stop);
  }
  url.host = host;
  url.parseHost();
  host = url.hostname ?? "";
  const isAddress = host.startsWith("[") && host.endsWith("]");
  if (!isAddress) {
    const colon = host.indexOf(":");
    if (colon >= 0) {
      rest = `/${host.slice(colon)}${rest}`;
      host = host.slice(0, colon);
    }
  }
  host = host.length > MAX_HOST ? "" : host.toLowerCase();
  if (isAddress && NEVER_IN_ADDRESS.test(host)) {
    throw invalidUrl(input);
  }
  if (!isAddress && host !== "") {
    if (/[^\0-\x7f]/.test(host)) {
      host = domainOf(host);
    }
    if (host === "" || NEVER_IN_HOST.test(host)) {
      throw invalidUrl(input);
    }
  }
  url.hostname = isAddress ? host.slice(1, -1) : host;
  url.host = host + (url.port === null ? "" : `:${url.port}`);
  return isAddress && !rest.startsWith("/") ? `/${rest}` : rest;
}

const TEXTS = ["auth", "protocol", "host", "hostname", "pathname", "search", "hash"];

Url.prototype.format = function format() {
  for (const key of TEXTS) {
    checkLength(this[key]);
  }
  const auth = this.auth ? `${escapeBut(this.auth, ":")}@` : "";
  let protocol = this.protocol || "";
  if (protocol !== "" && !protocol.endsWith(":")) {
    protocol += ":";
  }
  let host = "";
  if (this.host) {
    host = auth + this.host;
  } else if (this.hostname) {
    const isAddress = this.hostname.includes(":") && !(this.hostname.startsWith("[") && this.hostname.endsWith("]"));
    host = auth + (isAddress ? `[${this.hostname}]` : this.hostname) + (this.port ? `:${this.port}` : "");
  }
  let pathname = this.pathname || "";
  if (this.slashes || isSlashed(protocol)) {
    if (this.slashes || host !== "") {
      if (pathname !== "" && !pathname.startsWith("/")) {
        pathname = `/${pathname}`;
      }
      host = `//${host}`;
    } else if (protocol.startsWith("file")) {
      host = "//";
    }
  }
  const query = this.query !== null && typeof this.query === "object" ? querystring.stringify(this.query) : "";
  let search = this.search || (query === "" ? "" : `?${query}`);
  if (search !== "" && !search.startsWith("?")) {
    search = `?${search}`;
  }
  let hash = this.hash || "";
  if (hash !== "" && !hash.startsWith("#")) {
    hash = `#${hash}`;
  }
  return protocol + host + pathname.replace(/[?#]/g, encodeURIComponent) + search.replaceAll("#", "%23") + hash;
};

Url.prototype.parseHost = function parseHost() {
  let { host } = this;
  const port = /:\d*$/.exec(host)?.[0];
  if (port !== undefined) {
    if (port !== ":") {
      this.port = port.slice(1);
    }
    host = host.slice(0, host.length - port.length);
  }
  if (host) {
    this.hostname = host;
  }
};

Url.prototype.resolve = function resolve(relative) {
  return this.resolveObject(urlParse(relative, false, true)).format();
};

const segmentsOf = (pathname) => (pathname ? pathname.split("/") : []);

// Puts a name before the segments, in place of an empty first one.
function prepend(segments, name) {
  if (segments[0] === "") {
    segments[0] = name;
  } else {
    segments.unshift(name);
  }
}

function withHref(url) {
  url.href = url.format();
  return url;
}

Url.prototype.resolveObject = function resolveObject(relative) {
  if (typeof relative === "string") {
    relative = new Url().parse(relative, false, true);
  }
  for (const key of TEXTS) {
    checkLength(this[key]);
    checkLength(relative[key]);
  }
  const result = Object.assign(new Url(), this);
  result.hash = relative.hash;
  if (relative.href === "") {
    return withHref(result);
  }
  // `//host/path` is as it is, but for the protocol.
  if (relative.slashes && !relative.protocol) {
    const { protocol } = result;
    Object.assign(result, relative, { protocol });
    if (isSlashed(protocol) && result.hostname && !result.pathname) {
      result.path = result.pathname = "/";
    }
    return withHref(result);
  }
  if (relative.protocol && relative.protocol !== result.protocol) {
    return isSlashed(relative.protocol)
      ? withHref(takeOther(result, relative))
      : withHref(Object.assign(result, relative));
  }
  return withHref(resolvePath(result, relative));
};

// The parts of a URL with another protocol, whose host may be in its path.
function takeOther(result, relative) {
  result.protocol = relative.protocol;
  let { host, hostname, pathname } = relative;
  if (!host && !/^file:?$/.test(relative.protocol)) {
    const parts = segmentsOf(pathname ?? "");
    let at = 0;
    while (at < parts.length && !host) {
      host = parts[at++];
    }
    host ||= "";
    hostname ||= "";
    pathname = `/${parts.slice(parts[at] === "" ? at + 1 : at).join("/")}`;
    // As it is in the argument afterwards.
    relative.host = host;
    relative.hostname = hostname;
  }
  result.pathname = pathname;
  result.search = relative.search;
  result.query = relative.query;
  result.host = host || "";
  result.auth = relative.auth;
  result.hostname = hostname || host;
  result.port = relative.port;
  if (result.pathname || result.search) {
    setPath(result);
  }
  result.slashes ||= relative.slashes;
  return result;
}

// Puts what was taken into the segments back where a host is.
function takeHostOf(result, name) {
  result.hostname = result.host = name;
  if (name && name.indexOf("@") > 0) {
    const parts = name.split("@");
    [result.auth, result.host] = parts;
    result.hostname = result.host;
  }
}

const isRooted = (segments) => segments[0] === "" || Boolean(segments[0]?.startsWith("/"));

function takeSearch(result, relative) {
  result.search = relative.search;
  result.query = relative.query;
}

function resolvePath(result, relative) {
  const isAbsolute = Boolean(relative.host || relative.pathname?.startsWith("/"));
  const keepsRoot = isAbsolute || Boolean(result.pathname?.startsWith("/") || (result.host && relative.pathname));
  let mustBeRooted = keepsRoot;
  let segments = segmentsOf(result.pathname);
  const added = segmentsOf(relative.pathname);
  // Where no `//` is expected the host is the first segment meanwhile.
  const isUnslashed = Boolean(result.protocol) && !isSlashed(result.protocol);
  let { host, hostname, port } = relative;
  if (isUnslashed) {
    result.hostname = "";
    result.port = null;
    if (result.host) {
      prepend(segments, result.host);
    }
    result.host = "";
    if (relative.protocol) {
      hostname = null;
      port = null;
      result.auth = null;
      if (host) {
        prepend(added, host);
      }
      host = null;
    }
    mustBeRooted &&= added[0] === "" || segments[0] === "";
  }
  if (isAbsolute) {
    if (host || host === "") {
      if (result.host !== host) {
        result.auth = null;
      }
      result.host = host;
      result.port = port;
    }
    if (hostname || hostname === "") {
      if (result.hostname !== hostname) {
        result.auth = null;
      }
      result.hostname = hostname;
    }
    takeSearch(result, relative);
    segments = added;
  } else if (added.length > 0) {
    segments.pop();
    segments = segments.concat(added);
    takeSearch(result, relative);
  } else if (relative.search !== null && relative.search !== undefined) {
    if (isUnslashed) {
      takeHostOf(result, segments.shift());
    }
    takeSearch(result, relative);
    setPath(result);
    return result;
  }
  if (segments.length === 0) {
    result.pathname = null;
    result.path = result.search ? `/${result.search}` : null;
    return result;
  }
  const last = segments.at(-1);
  const isFolder = last === "" ||
    ((last === "." || last === "..") && Boolean(result.host || host || segments.length > 1));
  segments = withoutDots(segments, mustBeRooted || keepsRoot);
  if (mustBeRooted && !isRooted(segments)) {
    segments.unshift("");
  }
  if (isFolder && segments.at(-1) !== "") {
    segments.push("");
  } else if (isFolder && segments.length === 1) {
    // A single empty segment is no slash.
    segments.push("");
  }
  const rooted = isRooted(segments);
  if (isUnslashed) {
    takeHostOf(result, rooted || segments.length === 0 ? "" : segments.shift());
  }
  if ((mustBeRooted || (result.host && segments.length > 0)) && !rooted) {
    segments.unshift("");
  }
  if (segments.length === 0) {
    result.pathname = null;
    result.path = null;
  } else {
    result.pathname = segments.join("/");
  }
  if (result.pathname !== null || result.search !== null) {
    setPath(result);
  }
  result.auth = relative.auth || result.auth;
  result.slashes ||= relative.slashes;
  return result;
}

// Without `.` and `..`, and what those go up from; those that go up further are dropped if it has a root.
function withoutDots(segments, hasRoot) {
  const kept = [];
  let up = 0;
  for (let i = segments.length - 1; i >= 0; i--) {
    const segment = segments[i];
    if (segment === "..") {
      up++;
    } else if (segment !== "." && up > 0) {
      up--;
    } else if (segment !== ".") {
      kept.push(segment);
    }
  }
  if (!hasRoot) {
    for (; up > 0; up--) {
      kept.push("..");
    }
  }
  return kept.reverse();
}

function urlParse(url, parseQuery = false, slashesDenoteHost = false) {
  return url instanceof Url ? url : new Url().parse(url, parseQuery, slashesDenoteHost);
}

module.exports = { Url, urlParse };
