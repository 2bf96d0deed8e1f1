// Bounds on the text that `JSON.parse` is given. V8 cannot be interrupted there,
// and the memory that it needs for arrays in arrays is beside the heap: eighty
// times the text if it is nothing but brackets.
(function (internals) {
  "use strict";
  const { JSONParse, RangeError, global } = internals.primordials;
  const { defineHidden } = internals.webidl;
  const { jsonIsDeep } = internals.host;
  const { JSON } = global;

  // Text that is no longer cannot do harm.
  const MAX_UNSEEN = 1 << 20;
  const MAX_DEPTH = 100_000;

  let longest = Infinity;

  // A method, so that it is no constructor.
  const { parse } = {
    parse(text, reviver) {
      const source = `${text}`;
      if (source.length > longest) {
        throw new RangeError(`JSON.parse: the text is longer than ${longest} characters`);
      }
      if (source.length > MAX_UNSEEN && jsonIsDeep(source, MAX_DEPTH)) {
        throw new RangeError(`JSON.parse: the text is nested more than ${MAX_DEPTH} levels deep`);
      }
      return JSONParse(source, reviver);
    },
  };

  defineHidden(JSON, "parse", parse);
  // For all files that follow.
  internals.primordials.JSONParse = parse;
  internals.json = {
    __proto__: null,
    limitTo(length) {
      longest = length;
    },
  };
})
