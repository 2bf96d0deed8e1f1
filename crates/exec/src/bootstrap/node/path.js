"use strict";
// node:path, for both kinds of paths. The current directory is `/`.

const { validateObject, validateString } = require("internal/errors");
const { splitAt } = require("internal/pieces");

const DIRECTORY = "/";

// The parts of a path without `.` and `..`; `..` that lead above a path that is not absolute
// stay.
function normalParts(path, isSeparator, isAbsolute) {
  const parts = [];
  let from = 0;
  for (let i = 0; i <= path.length; i++) {
    if (i < path.length && !isSeparator(path.charCodeAt(i))) {
      continue;
    }
    const part = path.slice(from, i);
    from = i + 1;
    if (part === "" || part === ".") {
      continue;
    }
    if (part !== "..") {
      parts.push(part);
    } else if (parts.length > 0 && parts[parts.length - 1] !== "..") {
      parts.pop();
    } else if (!isAbsolute) {
      parts.push(part);
    }
  }
  return parts;
}

const isSlash = (code) => code === 47;

const isAnySlash = (code) => code === 47 || code === 92;

// Where the last part of a path begins and ends, without the separators behind it.
function lastPart(path, from, isSeparator) {
  let end = path.length;
  while (end > from && isSeparator(path.charCodeAt(end - 1))) {
    end--;
  }
  let start = end;
  while (start > from && !isSeparator(path.charCodeAt(start - 1))) {
    start--;
  }
  return [start, end];
}

// Where the extension of a name begins; its length if it has none.
function extensionAt(name) {
  const dot = name.lastIndexOf(".");
  const isName = dot > 0 && name !== "..";
  return isName ? dot : name.length;
}

// The last part of a path, without the suffix that it may have.
function baseName(path, from, isSeparator, suffix) {
  const [start, end] = lastPart(path, from, isSeparator);
  const name = path.slice(start, end);
  if (suffix === undefined || suffix === "" || suffix.length > path.length) {
    return name;
  }
  if (suffix === path) {
    return "";
  }
  // Where a longer suffix ends with the name, separators at the end belong to that.
  if (suffix.length > name.length && suffix.endsWith(name)) {
    return path.slice(name === "" ? from : start);
  }
  // What is nothing but the suffix is the name.
  return name !== suffix && name.endsWith(suffix) ? name.slice(0, name.length - suffix.length) : name;
}

function validateExtension(suffix) {
  if (suffix !== undefined) {
    validateString(suffix, "suffix");
  }
}

function format(separator, path) {
  validateObject(path, "pathObject");
  const directory = path.dir || path.root;
  const extension = path.ext ? `${path.ext[0] === "." ? "" : "."}${path.ext}` : "";
  const base = path.base || `${path.name || ""}${extension}`;
  if (!directory) {
    return base;
  }
  return directory === path.root ? `${directory}${base}` : `${directory}${separator}${base}`;
}

// A pattern of path.matchesGlob as a regular expression.
function globExpression(pattern, isWindows) {
  const slash = isWindows ? "[\\\\/]" : "/";
  const other = isWindows ? "[^\\\\/]" : "[^/]";
  let source = "";
  let groups = 0;
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i];
    if (c === "*") {
      if (pattern[i + 1] === "*") {
        const whole = (i === 0 || pattern[i - 1] === "/") &&
          (i + 2 === pattern.length || pattern[i + 2] === "/");
        i++;
        if (whole && pattern[i + 1] === "/") {
          i++;
          source += `(?:${other}+${slash})*`;
        } else {
          source += whole ? ".*" : `${other}*`;
        }
      } else {
        source += `${other}*`;
      }
    } else if (c === "?") {
      source += other;
    } else if (c === "[") {
      const end = pattern.indexOf("]", i + 2);
      if (end < 0) {
        source += "\\[";
      } else {
        const set = pattern.slice(i + 1, end).replace(/[\\\]]/g, "\\$&");
        source += `[${set[0] === "!" ? `^${set.slice(1)}` : set}]`;
        i = end;
      }
    } else if (c === "{" && pattern.indexOf("}", i) > 0) {
      source += "(?:";
      groups++;
    } else if (c === "}" && groups > 0) {
      source += ")";
      groups--;
    } else if (c === "," && groups > 0) {
      source += "|";
    } else if (c === "/" || (isWindows && c === "\\")) {
      source += slash;
    } else {
      source += c.replace(/[\\^$.|+()\]{}]/g, "\\$&");
    }
  }
  return new RegExp(`^${source}${")".repeat(groups)}$`, "s");
}

function matchesGlob(path, pattern, isWindows) {
  validateString(path, "path");
  validateString(pattern, "pattern");
  return globExpression(pattern, isWindows).test(path);
}

const posix = {
  resolve(...paths) {
    let resolved = "";
    let isAbsolute = false;
    for (let i = paths.length - 1; i >= -1 && !isAbsolute; i--) {
      const path = i >= 0 ? paths[i] : DIRECTORY;
      validateString(path, `paths[${i}]`);
      if (path !== "") {
        resolved = `${path}/${resolved}`;
        isAbsolute = path[0] === "/";
      }
    }
    return `/${normalParts(resolved, isSlash, true).join("/")}`;
  },

  normalize(path) {
    validateString(path, "path");
    if (path === "") {
      return ".";
    }
    const isAbsolute = path[0] === "/";
    let normal = normalParts(path, isSlash, isAbsolute).join("/");
    if (normal === "" && !isAbsolute) {
      normal = ".";
    }
    if (normal !== "" && path.at(-1) === "/") {
      normal += "/";
    }
    return isAbsolute ? `/${normal}` : normal;
  },

  isAbsolute(path) {
    validateString(path, "path");
    return path[0] === "/";
  },

  join(...paths) {
    paths.forEach((path) => validateString(path, "path"));
    const joined = paths.filter((path) => path !== "").join("/");
    return joined === "" ? "." : posix.normalize(joined);
  },

  relative(from, to) {
    validateString(from, "from");
    validateString(to, "to");
    from = posix.resolve(from);
    to = posix.resolve(to);
    const left = from === "/" ? [] : splitAt(from.slice(1), "/");
    const right = to === "/" ? [] : splitAt(to.slice(1), "/");
    let same = 0;
    while (same < left.length && same < right.length && left[same] === right[same]) {
      same++;
    }
    return [...left.slice(same).map(() => ".."), ...right.slice(same)].join("/");
  },

  toNamespacedPath: (path) => path,

  dirname(path) {
    validateString(path, "path");
    if (path === "") {
      return ".";
    }
    const [start] = lastPart(path, 0, isSlash);
    if (start === 0) {
      return path[0] === "/" ? "/" : ".";
    }
    // One separator goes with the name.
    const end = start - 1;
    if (end === 0) {
      return "/";
    }
    return end === 1 && path[0] === "/" ? "//" : path.slice(0, end);
  },

  basename(path, suffix = undefined) {
    validateExtension(suffix);
    validateString(path, "path");
    return baseName(path, 0, isSlash, suffix);
  },

  extname(path) {
    validateString(path, "path");
    const name = posix.basename(path);
    return name.slice(extensionAt(name));
  },

  format: (path) => format("/", path),

  parse(path) {
    validateString(path, "path");
    const root = path[0] === "/" ? "/" : "";
    const [start, end] = lastPart(path, root.length, isSlash);
    const base = path.slice(start, end);
    const dot = extensionAt(base);
    const dir = start > root.length ? path.slice(0, start - 1) : root;
    return { root, dir, base, ext: base.slice(dot), name: base.slice(0, dot) };
  },

  matchesGlob: (path, pattern) => matchesGlob(path, pattern, false),

  sep: "/",
  delimiter: ":",
  win32: null,
  posix: null,
};

const isLetter = (code) => (code >= 65 && code <= 90) || (code >= 97 && code <= 122);

// What a path of Windows begins with: the length of it, its device and whether what follows is
// absolute.
function rootOf(path) {
  const none = { length: 0, device: "", isAbsolute: false };
  if (path === "") {
    return none;
  }
  if (isAnySlash(path.charCodeAt(0))) {
    const share = /^[\\/]{2}([^\\/]+)[\\/]+([^\\/]+)/.exec(path);
    if (share === null) {
      return { length: 1, device: "", isAbsolute: true };
    }
    const [whole, server, name] = share;
    if (server === "." || server === "?") {
      // A device.
      return { length: 4, device: `\\\\${server}`, isAbsolute: true };
    }
    const separated = whole.length < path.length;
    return {
      length: whole.length + (separated ? 1 : 0),
      device: `\\\\${server}\\${name}`,
      isAbsolute: true,
    };
  }
  if (isLetter(path.charCodeAt(0)) && path[1] === ":") {
    const isAbsolute = path.length > 2 && isAnySlash(path.charCodeAt(2));
    return { length: isAbsolute ? 3 : 2, device: path.slice(0, 2), isAbsolute };
  }
  return none;
}

const win32 = {
  resolve(...paths) {
    let device = "";
    let tail = "";
    let isAbsolute = false;
    for (let i = paths.length - 1; i >= -1; i--) {
      let path = "\\";
      if (i >= 0) {
        path = paths[i];
        validateString(path, `paths[${i}]`);
        if (path === "") {
          continue;
        }
      }
      const root = rootOf(path);
      if (root.device !== "" && device !== "" && root.device.toLowerCase() !== device.toLowerCase()) {
        continue;
      }
      device ||= root.device;
      if (!isAbsolute) {
        tail = `${path.slice(root.length)}\\${tail}`;
        isAbsolute = root.isAbsolute;
      }
      if (isAbsolute && device !== "") {
        break;
      }
    }
    tail = normalParts(tail, isAnySlash, isAbsolute).join("\\");
    return isAbsolute ? `${device}\\${tail}` : `${device}${tail}` || ".";
  },

  normalize(path) {
    validateString(path, "path");
    if (path.length < 2) {
      return path === "" ? "." : path === "/" ? "\\" : path;
    }
    const { device, isAbsolute, length } = rootOf(path);
    let tail = normalParts(path.slice(length), isAnySlash, isAbsolute).join("\\");
    if (tail === "" && !isAbsolute) {
      tail = ".";
    }
    if (tail !== "" && isAnySlash(path.charCodeAt(path.length - 1)) && length < path.length) {
      tail += "\\";
    }
    // Nothing in a relative path must pass for a drive.
    if (!isAbsolute && device === "" && (/^[A-Za-z]:/.test(tail) || /:(?:[\\/]|$)/.test(path))) {
      return `.\\${tail}`;
    }
    return isAbsolute ? `${device}\\${tail}` : `${device}${tail}`;
  },

  isAbsolute(path) {
    validateString(path, "path");
    return rootOf(path).isAbsolute;
  },

  join(...paths) {
    paths.forEach((path) => validateString(path, "path"));
    const parts = paths.filter((path) => path !== "");
    if (parts.length === 0) {
      return ".";
    }
    let joined = parts.join("\\");
    // Only a first part that is one begins with the two separators of a share.
    if (!/^[\\/]{2}[^\\/]/.test(parts[0])) {
      joined = joined.replace(/^[\\/]{2,}/, "\\");
    }
    return win32.normalize(joined);
  },

  relative(from, to) {
    validateString(from, "from");
    validateString(to, "to");
    if (from === to) {
      return "";
    }
    from = win32.resolve(from);
    to = win32.resolve(to);
    const parts = (path) => splitAt(path, "\\").filter((part) => part !== "");
    const left = parts(from);
    const right = parts(to);
    let same = 0;
    while (
      same < left.length && same < right.length &&
      left[same].toLowerCase() === right[same].toLowerCase()
    ) {
      same++;
    }
    const device = rootOf(to).device;
    if (same === 0 && device !== "") {
      return to;
    }
    return [...left.slice(same).map(() => ".."), ...right.slice(same)].join("\\");
  },

  toNamespacedPath(path) {
    if (typeof path !== "string" || path === "") {
      return path;
    }
    const resolved = win32.resolve(path);
    if (/^\\\\[^?.]/.test(resolved)) {
      return `\\\\?\\UNC\\${resolved.slice(2)}`;
    }
    return /^[A-Za-z]:\\/.test(resolved) ? `\\\\?\\${resolved}` : resolved;
  },

  dirname(path) {
    validateString(path, "path");
    if (path === "") {
      return ".";
    }
    const { length } = rootOf(path);
    // All of a share is its root, also where that is a device.
    if (/^[\\/]{2}[^\\/]+[\\/]+[^\\/]+$/.test(path)) {
      return path;
    }
    const [start] = lastPart(path, length, isAnySlash);
    if (start - 1 > length) {
      return path.slice(0, start - 1);
    }
    return length === 0 ? "." : path.slice(0, length);
  },

  basename(path, suffix = undefined) {
    validateExtension(suffix);
    validateString(path, "path");
    const from = isLetter(path.charCodeAt(0)) && path[1] === ":" ? 2 : 0;
    return baseName(path, from, isAnySlash, suffix);
  },

  extname(path) {
    validateString(path, "path");
    const name = win32.basename(path);
    return name.slice(extensionAt(name));
  },

  format: (path) => format("\\", path),

  parse(path) {
    validateString(path, "path");
    const { length } = rootOf(path);
    const root = path.slice(0, length);
    const [start, end] = lastPart(path, length, isAnySlash);
    const base = path.slice(start, end);
    const dot = extensionAt(base);
    const dir = start > length ? path.slice(0, start - 1) : root;
    return { root, dir, base, ext: base.slice(dot), name: base.slice(0, dot) };
  },

  matchesGlob: (path, pattern) => matchesGlob(path, pattern, true),

  sep: "\\",
  delimiter: ";",
  win32: null,
  posix: null,
};

posix.win32 = win32.win32 = win32;
posix.posix = win32.posix = posix;
posix._makeLong = posix.toNamespacedPath;
win32._makeLong = win32.toNamespacedPath;

module.exports = posix;
