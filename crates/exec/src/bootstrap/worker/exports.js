// What a script has exported, for those who wonder why it has no handlers; and
// what a handler has returned instead of a Response.
(function (internals) {
  "use strict";
  const {
    ArrayIsArray, ReflectGetPrototypeOf, ReflectOwnKeys, StringPrototypeIndexOf,
    StringPrototypeSlice,
  } = internals.primordials;
  const { isObject, isTypedArray } = internals.webidl;

  const MAX_NAMES = 20;
  const MAX_NAME = 60;
  const MAX_VALUE = 60;
  // How far up the prototypes methods are looked for.
  const MAX_HOPS = 4;

  // Lines with the prefix and a name: the own properties of `object`.
  function linesOf(object, prefix, excluded) {
    const keys = ReflectOwnKeys(object);
    let lines = "";
    let shown = 0;
    for (let i = 0; i < keys.length && shown < MAX_NAMES; i++) {
      if (typeof keys[i] === "string" && keys[i] !== excluded) {
        lines += `\n${prefix}${internals.inspectText.cut(keys[i], MAX_NAME)}`;
        shown++;
      }
    }
    return lines;
  }

  // Own and inherited members, without those of the classes of the language.
  function membersOf(value) {
    const { behindProxies } = internals.inspect;
    let lines = "";
    let object = behindProxies(value);
    for (let hops = 0; object !== null && hops < MAX_HOPS; hops++) {
      const parent = ReflectGetPrototypeOf(object);
      if (ArrayIsArray(object) || isTypedArray(object) || (parent === null && hops > 0)) {
        break;
      }
      lines += linesOf(object, ".", "constructor");
      object = behindProxies(parent);
    }
    return lines;
  }

  // The kind of the default export, then a line for each of the others
  // ("+name") and for each of its members (".name").
  function listExports(namespace) {
    const named = linesOf(namespace, "+", "default");
    const exported = namespace.default;
    return isObject(exported)
      ? `object${named}${membersOf(exported)}`
      : `${exported === undefined ? "" : describeValue(exported)}${named}`;
  }

  // Such as `a string ('hello')`, on one line.
  function describeValue(value) {
    if (value === undefined || value === null) {
      return `${value}`;
    }
    const type = typeof value;
    const article = type === "object" ? "an" : "a";
    const text = internals.inspect.inspect(value, 1, MAX_VALUE);
    const end = StringPrototypeIndexOf(text, "\n");
    return `${article} ${type} (${end < 0 ? text : `${StringPrototypeSlice(text, 0, end)} ...`})`;
  }

  internals.exports = { __proto__: null, describeValue, listExports };
})
