// Pieces of text for inspect.js: primitives, property keys, layout.
(function (internals) {
  "use strict";
  const {
    ArrayPrototypeJoin, MathMax, NumberPrototypeToString, ObjectIs, StringFromCharCode,
    StringPrototypeCharCodeAt, StringPrototypeIncludes, StringPrototypeIndexOf,
    StringPrototypeRepeat, StringPrototypeSlice, StringPrototypeStartsWith, SymbolPrototypeToString,
  } = internals.primordials;

  const LINE_WIDTH = 76;

  const isControl = (code) => code < 32 || code === 127;

  function escapeControl(code) {
    switch (code) {
      case 8:
        return "\\b";
      case 9:
        return "\\t";
      case 10:
        return "\\n";
      case 12:
        return "\\f";
      case 13:
        return "\\r";
      default:
        return `\\x${code < 16 ? "0" : ""}${NumberPrototypeToString(code, 16)}`;
    }
  }

  // At most `limit` characters of the text.
  function cut(text, limit) {
    return text.length > limit
      ? `${StringPrototypeSlice(text, 0, limit)}... (truncated)`
      : text;
  }

  // A stack without the frames of the bootstrap: they are not the script's.
  function guestStack(stack) {
    if (!StringPrototypeIncludes(stack, "ext:")) {
      return stack;
    }
    let kept = "";
    for (let start = 0; start < stack.length;) {
      const end = StringPrototypeIndexOf(stack, "\n", start);
      const next = end === -1 ? stack.length : end + 1;
      const line = StringPrototypeSlice(stack, start, next);
      const isOwn = StringPrototypeStartsWith(line, "    at ") &&
        (StringPrototypeIncludes(line, " ext:") || StringPrototypeIncludes(line, "(ext:"));
      if (!isOwn) {
        kept += line;
      } else if (end === -1 && kept !== "") {
        // The line before it is the last one, then.
        kept = StringPrototypeSlice(kept, 0, -1);
      }
      start = next;
    }
    return kept;
  }

  // At most `limit` characters of the string, in quotes.
  function quote(string, limit) {
    const more = MathMax(0, string.length - limit);
    if (more > 0) {
      string = StringPrototypeSlice(string, 0, limit);
    }
    let mark = "'";
    if (StringPrototypeIncludes(string, "'")) {
      mark = StringPrototypeIncludes(string, '"') ? "`" : '"';
    }
    const { length } = string;
    let result = mark;
    let start = 0;
    for (let i = 0; i < length; i++) {
      const code = StringPrototypeCharCodeAt(string, i);
      const isMark = code === StringPrototypeCharCodeAt(mark, 0);
      if (isMark || code === 92 || isControl(code)) {
        result += StringPrototypeSlice(string, start, i);
        result += isControl(code) ? escapeControl(code) : `\\${StringFromCharCode(code)}`;
        start = i + 1;
      }
    }
    return `${result}${StringPrototypeSlice(string, start, length)}${mark}` +
      (more > 0 ? `... ${more} more characters` : "");
  }

  function formatPrimitive(value, limit) {
    switch (typeof value) {
      case "string":
        return quote(value, limit);
      case "number":
        return ObjectIs(value, -0) ? "-0" : `${value}`;
      case "bigint":
        return `${value}n`;
      case "symbol":
        return SymbolPrototypeToString(value);
      default:
        return `${value}`;
    }
  }

  const MAX_KEY = 1000;

  function isIdentifier(key) {
    if (key.length > MAX_KEY) {
      return false;
    }
    for (let i = 0; i < key.length; i++) {
      const code = StringPrototypeCharCodeAt(key, i);
      const letter =
        (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code === 36;
      if (!letter && (i === 0 || code < 48 || code > 57)) {
        return false;
      }
    }
    return key.length !== 0;
  }

  function formatKey(key) {
    if (typeof key === "symbol") {
      return `[${cut(SymbolPrototypeToString(key), MAX_KEY)}]`;
    }
    return isIdentifier(key) ? key : quote(key, MAX_KEY);
  }

  // Indents all lines but the first.
  function indentLines(text, depth) {
    const indent = StringPrototypeRepeat("  ", depth);
    let result = "";
    let start = 0;
    for (let i = 0; i < text.length; i++) {
      if (StringPrototypeCharCodeAt(text, i) === 10) {
        result += StringPrototypeSlice(text, start, i + 1) + indent;
        start = i + 1;
      }
    }
    return result + StringPrototypeSlice(text, start);
  }

  // Puts entries between braces, on one line if they fit. Short array elements
  // share lines.
  function assemble(depth, prefix, open, entries, close) {
    if (entries.length === 0) {
      return `${prefix}${open}${close}`;
    }
    let total = prefix.length + entries.length * 2;
    let multiline = false;
    let longest = 0;
    for (let i = 0; i < entries.length; i++) {
      total += entries[i].length;
      longest = MathMax(longest, entries[i].length);
      multiline ||= StringPrototypeIncludes(entries[i], "\n");
    }
    if (!multiline && total <= LINE_WIDTH) {
      return `${prefix}${open} ${ArrayPrototypeJoin(entries, ", ")} ${close}`;
    }
    const indent = StringPrototypeRepeat("  ", depth + 1);
    const fill = open === "[" && longest <= 20;
    let result = `${prefix}${open}`;
    let column = LINE_WIDTH;
    for (let i = 0; i < entries.length; i++) {
      const text = i + 1 < entries.length ? `${entries[i]},` : entries[i];
      if (fill && column + text.length < LINE_WIDTH) {
        result += ` ${text}`;
        column += text.length + 1;
      } else {
        result += `\n${indent}${text}`;
        column = text.length;
      }
    }
    return `${result}\n${StringPrototypeRepeat("  ", depth)}${close}`;
  }

  internals.inspectText = {
    __proto__: null, assemble, cut, formatKey, formatPrimitive, guestStack, indentLines, quote,
  };
})
