// Text of a value for the console. Calls no getters, except for the standard
// properties of errors and regular expressions, and shows the target of a
// Proxy. So the only guest code it can run is that of scripts that patch these
// properties, or have a Proxy among the prototypes. Depth, number of items and
// total size are limited, and so is what is looked at: a built-in that goes
// through a whole object, or a whole string, cannot be interrupted.
(function (internals) {
  "use strict";
  const {
    Array, ArrayBuffer, ArrayBufferPrototypeGetByteLength, ArrayIsArray, ArrayPrototypePush, BigInt,
    BigIntPrototypeValueOf, Boolean, BooleanPrototypeValueOf, DataView, Date, DatePrototypeGetTime,
    DatePrototypeToISOString, Error, FunctionPrototypeToString, Map, MapIteratorPrototypeNext,
    MapPrototypeDelete, MapPrototypeEntries, MapPrototypeGet, MapPrototypeGetSize, MapPrototypeSet,
    MathMax, MathMin, Number, NumberPrototypeValueOf, ObjectGetOwnPropertySymbols,
    ObjectPrototypePropertyIsEnumerable, Promise,
    ReflectGetOwnPropertyDescriptor, ReflectGetPrototypeOf, RegExp,
    RegExpPrototypeToString, Set, SetIteratorPrototypeNext, SetPrototypeGetSize,
    SetPrototypeValues, String, StringPrototypeStartsWith,
    StringPrototypeValueOf, Symbol, SymbolPrototypeValueOf, SymbolToStringTag, TypedArray, TypedArrayPrototypeGetLength,
    TypedArrayPrototypeGetToStringTag, WeakMap, WeakRef, WeakSet, isInstance,
  } = internals.primordials;
  const {
    assemble, cut, formatKey, formatPrimitive, guestStack, indentLines, quote,
  } = internals.inspectText;
  const { isObject } = internals.webidl;
  const { fieldKeys, namedKeys, proxyTarget } = internals.host;

  const MAX_ITEMS = 100;
  const MAX_LENGTH = 65536;
  const MAX_DEPTH = 20;
  const DEFAULT_DEPTH = 3;
  // Longer names of classes and functions are cut.
  const MAX_NAME = 1000;
  // Elements that are missing from an array, looked for in one formatting.
  const MAX_HOLES = 65536;

  const platformClasses = internals.platformClasses.list;

  // What to show for a list of [name, value]: not more of it than will be shown.
  function fieldsOfPairs(pairs) {
    const fields = { __proto__: null };
    let names = 0;
    let i = 0;
    for (; i < pairs.length && names < MAX_ITEMS - 1 && i < 10 * MAX_ITEMS; i++) {
      const name = pairs[i][0];
      if (name in fields) {
        fields[name] += `, ${pairs[i][1]}`;
      } else {
        fields[name] = pairs[i][1];
        names++;
      }
    }
    if (i < pairs.length) {
      fields["..."] = `${pairs.length - i} more`;
    }
    return fields;
  }

  // The state of one formatting.
  class Inspection {
    maxDepth;
    // Characters left. Once spent, the rest is cut off.
    budget;
    // Missing elements that may still be looked for.
    holes = MAX_HOLES;
    // Map of the objects being formatted to their reference number, 0 while
    // nothing refers to them.
    open = new Map();
    references = 0;

    constructor(maxDepth, budget) {
      this.maxDepth = maxDepth;
      this.budget = budget;
    }
  }

  function spend(inspection, text) {
    const shown = cut(text, inspection.budget);
    inspection.budget = MathMax(0, inspection.budget - text.length);
    return shown;
  }

  // A data property's value, without calling a getter.
  function dataValue(object, key) {
    return ReflectGetOwnPropertyDescriptor(object, key)?.value;
  }

  // Name of a function; null if it has none.
  function nameOf(value) {
    const name = dataValue(value, "name");
    return typeof name === "string" && name !== "" ? cut(name, MAX_NAME) : null;
  }

  // Name of the class of an object; null without a prototype.
  function constructorName(object) {
    let holder = object;
    for (let hops = 0; holder !== null && hops < 100; hops++) {
      const constructor = dataValue(holder, "constructor");
      const name = typeof constructor === "function" ? nameOf(constructor) : null;
      if (name !== null) {
        return name;
      }
      holder = ReflectGetPrototypeOf(holder);
    }
    return null;
  }

  function toStringTag(object) {
    let holder = object;
    for (let hops = 0; holder !== null && hops < 100; hops++) {
      const descriptor = ReflectGetOwnPropertyDescriptor(holder, SymbolToStringTag);
      if (descriptor !== undefined) {
        return typeof descriptor.value === "string" ? cut(descriptor.value, MAX_NAME) : "";
      }
      holder = ReflectGetPrototypeOf(holder);
    }
    return "";
  }

  // "Name(size) [Tag] " before the brace; `plain` is the name that goes
  // without saying.
  function prefixOf(object, plain, size = undefined) {
    const name = constructorName(object) ?? `[${plain}: null prototype]`;
    const tag = toStringTag(object);
    let prefix = size === undefined ? name : `${name}(${size})`;
    if (tag !== "" && tag !== name) {
      prefix += ` [${tag}]`;
    } else if (name === plain && (size === undefined || plain === "Array")) {
      return "";
    }
    return `${prefix} `;
  }

  function formatFunction(value) {
    const shown = nameOf(value);
    if (StringPrototypeStartsWith(FunctionPrototypeToString(value), "class")) {
      const parent = ReflectGetPrototypeOf(value);
      const parentName = parent === null ? null : nameOf(parent);
      const base = parentName === null ? "" : ` extends ${parentName}`;
      return `[class ${shown ?? "(anonymous)"}${base}]`;
    }
    const kind = constructorName(value) ?? "Function";
    return shown === null ? `[${kind} (anonymous)]` : `[${kind}: ${shown}]`;
  }

  // At most `limit` characters.
  function formatError(error, limit) {
    const { stack } = error;
    if (typeof stack === "string" && stack !== "") {
      return guestStack(cut(stack, limit));
    }
    const { name, message } = error;
    const shown = typeof message === "string" ? cut(message, limit) : "";
    return `[${typeof name === "string" ? cut(name, MAX_NAME) : "Error"}: ${shown}]`;
  }

  function formatProperty(inspection, depth, object, key) {
    const descriptor = ReflectGetOwnPropertyDescriptor(object, key);
    if (descriptor === undefined) {
      return "undefined";
    }
    const { get, set } = descriptor;
    if (get !== undefined) {
      return set !== undefined ? "[Getter/Setter]" : "[Getter]";
    }
    return set !== undefined ? "[Setter]" : formatNested(inspection, depth, descriptor.value);
  }

  // The own enumerable properties; for arrays and typed arrays those that are no
  // elements.
  function addProperties(inspection, depth, object, entries, hasElements) {
    // An object with too many elements need not be one that is known to have some.
    const names = (hasElements ? null : fieldKeys(object, MAX_HOLES)) ?? namedKeys(object);
    const symbols = ObjectGetOwnPropertySymbols(object);
    const count = names.length + symbols.length;
    let shown = 0;
    for (let i = 0; i < count; i++) {
      const name = i < names.length ? names[i] : symbols[i - names.length];
      const key = typeof name === "number" ? `${name}` : name;
      if (!ObjectPrototypePropertyIsEnumerable(object, key)) {
        continue;
      }
      if (shown === MAX_ITEMS || inspection.budget === 0) {
        ArrayPrototypePush(entries, `... ${count - i} more properties`);
        return;
      }
      shown++;
      const label = spend(inspection, `${formatKey(key)}: `);
      ArrayPrototypePush(entries, label + formatProperty(inspection, depth, object, key));
    }
  }

  function addMore(entries, count) {
    if (count > 0) {
      ArrayPrototypePush(entries, `... ${count} more item${count === 1 ? "" : "s"}`);
    }
  }

  function addElements(inspection, depth, array, length, entries) {
    let shown = 0;
    let i = 0;
    while (i < length && shown < MAX_ITEMS && inspection.budget > 0) {
      let holes = 0;
      while (i < length && ReflectGetOwnPropertyDescriptor(array, `${i}`) === undefined) {
        if (inspection.holes === 0) {
          // Too sparse to look further.
          ArrayPrototypePush(entries, `<at least ${holes + 1} empty items>`);
          return;
        }
        inspection.holes--;
        holes++;
        i++;
      }
      if (holes > 0) {
        ArrayPrototypePush(entries, `<${holes} empty item${holes === 1 ? "" : "s"}>`);
      } else {
        ArrayPrototypePush(entries, formatProperty(inspection, depth, array, `${i}`));
        i++;
      }
      shown++;
    }
    addMore(entries, length - i);
  }

  function addTypedElements(inspection, array, entries) {
    const length = TypedArrayPrototypeGetLength(array);
    const shown = MathMin(length, MAX_ITEMS);
    for (let i = 0; i < shown; i++) {
      ArrayPrototypePush(entries, spend(inspection, formatPrimitive(array[i], 0)));
    }
    addMore(entries, length - shown);
  }

  function addMapEntries(inspection, depth, map, entries) {
    const iterator = MapPrototypeEntries(map);
    for (let shown = 0; shown < MAX_ITEMS && inspection.budget > 0; shown++) {
      const result = MapIteratorPrototypeNext(iterator);
      if (result.done) {
        return;
      }
      const key = formatNested(inspection, depth, result.value[0]);
      ArrayPrototypePush(entries, `${key} => ${formatNested(inspection, depth, result.value[1])}`);
    }
    addMore(entries, MapPrototypeGetSize(map) - entries.length);
  }

  function addSetEntries(inspection, depth, set, entries) {
    const iterator = SetPrototypeValues(set);
    for (let shown = 0; shown < MAX_ITEMS && inspection.budget > 0; shown++) {
      const result = SetIteratorPrototypeNext(iterator);
      if (result.done) {
        return;
      }
      ArrayPrototypePush(entries, formatNested(inspection, depth, result.value));
    }
    addMore(entries, SetPrototypeGetSize(set) - entries.length);
  }

  // Name of the class of `value`, then `entries` and the properties of `fields`.
  function formatProperties(inspection, depth, value, fields, entries) {
    addProperties(inspection, depth, fields, entries, false);
    return assemble(depth, prefixOf(value, "Object"), "{", entries, "}");
  }

  // `text`, followed by the properties in braces if there are any.
  function withEntries(depth, text, entries) {
    return entries.length === 0 ? text : assemble(depth, `${text} `, "{", entries, "}");
  }

  function formatFunctionObject(inspection, depth, value) {
    const entries = [];
    if (depth <= inspection.maxDepth) {
      addProperties(inspection, depth, value, entries, false);
    }
    return withEntries(depth, formatFunction(value), entries);
  }

  const HIDDEN_ERROR_KEYS = { __proto__: null, cause: true, errors: true };

  function formatErrorObject(inspection, depth, error) {
    const shown = formatError(error, inspection.budget);
    const text = spend(inspection, indentLines(shown, depth));
    const entries = [];
    if (depth <= inspection.maxDepth) {
      addProperties(inspection, depth, error, entries, false);
      for (const key in HIDDEN_ERROR_KEYS) {
        const descriptor = ReflectGetOwnPropertyDescriptor(error, key);
        if (descriptor !== undefined && !descriptor.enumerable) {
          const property = formatProperty(inspection, depth, error, key);
          ArrayPrototypePush(entries, `[${key}]: ${property}`);
        }
      }
    }
    return withEntries(depth, text, entries);
  }

  // The objects that are shown like a primitive; null for others.
  function formatScalar(inspection, value) {
    if (isInstance(value, Date)) {
      const time = DatePrototypeGetTime(value);
      return time !== time ? "Invalid Date" : DatePrototypeToISOString(value);
    }
    if (isInstance(value, RegExp)) {
      return RegExpPrototypeToString(value);
    }
    if (isInstance(value, Number)) {
      return `[Number: ${formatPrimitive(NumberPrototypeValueOf(value), 0)}]`;
    }
    if (isInstance(value, String)) {
      return `[String: ${quote(StringPrototypeValueOf(value), inspection.budget)}]`;
    }
    if (isInstance(value, BigInt)) {
      return `[BigInt: ${formatPrimitive(BigIntPrototypeValueOf(value), 0)}]`;
    }
    if (isInstance(value, Symbol)) {
      return `[Symbol: ${formatPrimitive(SymbolPrototypeValueOf(value), inspection.budget)}]`;
    }
    return isInstance(value, Boolean) ? `[Boolean: ${BooleanPrototypeValueOf(value)}]` : null;
  }

  // Arrays, typed arrays, maps and sets; null for others.
  function formatCollection(inspection, depth, value) {
    const entries = [];
    if (ArrayIsArray(value)) {
      const { length } = value;
      addElements(inspection, depth, value, length, entries);
      addProperties(inspection, depth, value, entries, true);
      const prefix = prefixOf(value, "Array", length === 0 ? undefined : length);
      return assemble(depth, prefix, "[", entries, "]");
    }
    if (TypedArrayPrototypeGetToStringTag(value) !== undefined) {
      addTypedElements(inspection, value, entries);
      addProperties(inspection, depth, value, entries, true);
      const prefix = prefixOf(value, "TypedArray", TypedArrayPrototypeGetLength(value));
      return assemble(depth, prefix, "[", entries, "]");
    }
    let prefix;
    if (isInstance(value, Map)) {
      prefix = prefixOf(value, "Map", MapPrototypeGetSize(value));
      addMapEntries(inspection, depth, value, entries);
    } else if (isInstance(value, Set)) {
      prefix = prefixOf(value, "Set", SetPrototypeGetSize(value));
      addSetEntries(inspection, depth, value, entries);
    } else {
      return null;
    }
    addProperties(inspection, depth, value, entries, false);
    return assemble(depth, prefix, "{", entries, "}");
  }

  function formatPlatformObject(inspection, depth, value, { name, fieldsOf }) {
    if (depth > inspection.maxDepth) {
      return `[${name}]`;
    }
    return formatProperties(inspection, depth, value, fieldsOf(value), []);
  }

  function formatPlain(inspection, depth, value) {
    const entries = [];
    if (isInstance(value, ArrayBuffer)) {
      ArrayPrototypePush(entries, `byteLength: ${ArrayBufferPrototypeGetByteLength(value)}`);
    } else if (
      isInstance(value, Promise) || isInstance(value, DataView) || isInstance(value, WeakMap) ||
      isInstance(value, WeakSet) || isInstance(value, WeakRef)
    ) {
      ArrayPrototypePush(entries, "<contents unknown>");
    }
    return formatProperties(inspection, depth, value, value, entries);
  }

  // Throws if the object only claims to be an instance of a built-in class.
  function formatKnown(inspection, depth, value) {
    if (typeof value === "function") {
      return formatFunctionObject(inspection, depth, value);
    }
    if (isInstance(value, Error)) {
      return formatErrorObject(inspection, depth, value);
    }
    const scalar = formatScalar(inspection, value);
    if (scalar !== null) {
      return spend(inspection, scalar);
    }
    for (let i = 0; i < platformClasses.length; i++) {
      if (platformClasses[i].isKind(value)) {
        return formatPlatformObject(inspection, depth, value, platformClasses[i]);
      }
    }
    if (depth > inspection.maxDepth) {
      return `[${constructorName(value) ?? "Object: null prototype"}]`;
    }
    return formatCollection(inspection, depth, value) ?? formatPlain(inspection, depth, value);
  }

  function formatObject(inspection, depth, value) {
    const reference = MapPrototypeGet(inspection.open, value);
    if (reference !== undefined) {
      const number = reference === 0 ? ++inspection.references : reference;
      MapPrototypeSet(inspection.open, value, number);
      return `[Circular *${number}]`;
    }
    MapPrototypeSet(inspection.open, value, 0);
    let text;
    try {
      text = formatKnown(inspection, depth, value);
    } catch {
      try {
        text = formatProperties(inspection, depth, value, value, []);
      } catch {
        text = "[Object: inspection failed]";
      }
    }
    const number = MapPrototypeGet(inspection.open, value);
    MapPrototypeDelete(inspection.open, value);
    return number === 0 ? text : `<ref *${number}> ${text}`;
  }

  // What a Proxy stands for, at the end of a chain of them; null if it stands
  // for nothing any more.
  function behindProxies(value) {
    let target = proxyTarget(value);
    while (target !== undefined) {
      value = target;
      target = proxyTarget(value);
    }
    return value;
  }

  function formatValue(inspection, depth, value) {
    if (inspection.budget === 0) {
      return "...";
    }
    // Every value costs something, or tiny ones could be too many.
    inspection.budget = MathMax(0, inspection.budget - 2);
    if (isObject(value)) {
      value = behindProxies(value);
      if (value === null) {
        return "<Revoked Proxy>";
      }
    }
    return isObject(value)
      ? formatObject(inspection, depth, value)
      : spend(inspection, formatPrimitive(value, inspection.budget));
  }

  function formatNested(inspection, depth, value) {
    return formatValue(inspection, depth + 1, value);
  }

  // At most about `limit` characters.
  function inspect(value, depth = DEFAULT_DEPTH, limit = MAX_LENGTH) {
    return formatValue(new Inspection(MathMin(depth, MAX_DEPTH), limit), 0, value);
  }

  internals.inspect = {
    __proto__: null, MAX_ITEMS, MAX_LENGTH, behindProxies, fieldsOfPairs, inspect,
  };
})
