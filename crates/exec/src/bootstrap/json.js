// A bound on the text that `JSON.parse` is given: the memory that the parser
// needs beside the heap is several times the text. (`eval` and `Function` have
// the same bound in the host.)
(function (internals) {
  "use strict";
  const { JSONParse, RangeError, global } = internals.primordials;
  const { defineHidden } = internals.webidl;
  const { JSON } = global;

  let longest = Infinity;

  // A method, so that it is no constructor.
  const { parse } = {
    parse(text, reviver) {
      const source = `${text}`;
      if (source.length > longest) {
        throw new RangeError(`JSON.parse: the text is longer than ${longest} characters`);
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
