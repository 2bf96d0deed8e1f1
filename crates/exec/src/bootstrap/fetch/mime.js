// MIME types: parsing, serialising, and what the Content-Type of a message is.
(function (internals) {
  "use strict";
  const {
    ArrayPrototypePush, StringPrototypeCharCodeAt, StringPrototypeSlice, StringPrototypeToLowerCase,
  } = internals.primordials;
  const { isToken } = internals.headers;

  const QUOTE = 34;
  const COMMA = 44;
  const SLASH = 47;
  const SEMICOLON = 59;
  const EQUALS = 61;
  const BACKSLASH = 92;

  const isSpace = (code) => code === 32 || code === 9 || code === 10 || code === 13;

  function trim(text) {
    let start = 0;
    let end = text.length;
    while (start < end && isSpace(StringPrototypeCharCodeAt(text, start))) {
      start++;
    }
    while (end > start && isSpace(StringPrototypeCharCodeAt(text, end - 1))) {
      end--;
    }
    return StringPrototypeSlice(text, start, end);
  }

  // The first index from `start` of one of the characters; the length without.
  function indexOf(text, start, first, second) {
    let i = start;
    while (i < text.length) {
      const code = StringPrototypeCharCodeAt(text, i);
      if (code === first || code === second) {
        return i;
      }
      i++;
    }
    return i;
  }

  // The quoted string that begins at `start`: its value, and where it ends.
  function quoted(text, start) {
    let value = "";
    let i = start + 1;
    while (i < text.length) {
      const code = StringPrototypeCharCodeAt(text, i);
      if (code === QUOTE) {
        return { value, end: i + 1 };
      }
      if (code === BACKSLASH && i + 1 < text.length) {
        i++;
      }
      value += text[i];
      i++;
    }
    return { value, end: i };
  }

  function isQuotable(value) {
    for (let i = 0; i < value.length; i++) {
      const code = StringPrototypeCharCodeAt(value, i);
      if (code !== 9 && (code < 32 || code === 127 || code > 255)) {
        return false;
      }
    }
    return true;
  }

  class MimeType {
    essence;
    // Names and values in turn.
    #parameters = [];

    constructor(essence) {
      this.essence = essence;
    }

    // null without such a parameter.
    get(name) {
      const parameters = this.#parameters;
      for (let i = 0; i < parameters.length; i += 2) {
        if (parameters[i] === name) {
          return parameters[i + 1];
        }
      }
      return null;
    }

    // The first of a name counts.
    add(name, value) {
      if (name !== "" && isToken(name) && isQuotable(value) && this.get(name) === null) {
        ArrayPrototypePush(this.#parameters, name, value);
      }
    }

    serialize() {
      const parameters = this.#parameters;
      let result = this.essence;
      for (let i = 0; i < parameters.length; i += 2) {
        const value = parameters[i + 1];
        result += `;${parameters[i]}=${isToken(value) ? value : quote(value)}`;
      }
      return result;
    }
  }

  function quote(value) {
    let result = '"';
    for (let i = 0; i < value.length; i++) {
      const code = StringPrototypeCharCodeAt(value, i);
      result += code === QUOTE || code === BACKSLASH ? `\\${value[i]}` : value[i];
    }
    return `${result}"`;
  }

  // null for what is no MIME type.
  function parse(text) {
    const input = trim(text);
    const slash = indexOf(input, 0, SLASH, SLASH);
    const end = indexOf(input, slash, SEMICOLON, SEMICOLON);
    const type = StringPrototypeSlice(input, 0, slash);
    const subtype = trim(StringPrototypeSlice(input, slash + 1, end));
    if (slash === input.length || !isToken(type) || !isToken(subtype)) {
      return null;
    }
    const mime = new MimeType(StringPrototypeToLowerCase(`${type}/${subtype}`));
    let i = end;
    while (i < input.length) {
      i++;
      while (i < input.length && isSpace(StringPrototypeCharCodeAt(input, i))) {
        i++;
      }
      const nameEnd = indexOf(input, i, SEMICOLON, EQUALS);
      const name = StringPrototypeToLowerCase(StringPrototypeSlice(input, i, nameEnd));
      i = nameEnd;
      if (i >= input.length || StringPrototypeCharCodeAt(input, i) === SEMICOLON) {
        continue;
      }
      i++;
      if (i < input.length && StringPrototypeCharCodeAt(input, i) === QUOTE) {
        const { value, end: after } = quoted(input, i);
        i = indexOf(input, after, SEMICOLON, SEMICOLON);
        mime.add(name, value);
      } else {
        const valueEnd = indexOf(input, i, SEMICOLON, SEMICOLON);
        const value = trim(StringPrototypeSlice(input, i, valueEnd));
        i = valueEnd;
        if (value !== "") {
          mime.add(name, value);
        }
      }
    }
    return mime;
  }

  // The MIME type of a message whose Content-Type is `value`, of all fields with
  // that name; null for none. The last one counts, and keeps a charset.
  function extract(value) {
    let result = null;
    let charset = null;
    let start = 0;
    while (value !== null && start <= value.length) {
      let end = start;
      while (end < value.length && StringPrototypeCharCodeAt(value, end) !== COMMA) {
        end = StringPrototypeCharCodeAt(value, end) === QUOTE ? quoted(value, end).end : end + 1;
      }
      const mime = parse(StringPrototypeSlice(value, start, end));
      start = end + 1;
      if (mime !== null && mime.essence !== "*/*") {
        const own = mime.get("charset");
        if (result === null || result.essence !== mime.essence) {
          charset = own;
        } else if (own !== null) {
          charset = own;
        } else if (charset !== null) {
          mime.add("charset", charset);
        }
        result = mime;
      }
    }
    return result;
  }

  internals.mime = { __proto__: null, extract };
})
