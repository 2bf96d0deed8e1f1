// The console: formats arguments and hands lines to the host's log.
(function (internals) {
  "use strict";
  const {
    ArrayIsArray, ArrayPrototypePush, Error, ErrorCaptureStackTrace, JSONStringify, Map,
    MapIteratorPrototypeNext, MapPrototypeDelete, MapPrototypeEntries, MapPrototypeGet,
    MapPrototypeHas, MapPrototypeSet, MathMax, MathMin, NumberParseFloat, NumberParseInt,
    NumberPrototypeToFixed, MathTrunc, ObjectIs, ObjectSetPrototypeOf,
    ReflectGetOwnPropertyDescriptor, Set, SetIteratorPrototypeNext, SetPrototypeValues,
    StringPrototypeCharCodeAt, StringPrototypePadEnd, StringPrototypeRepeat, StringPrototypeSlice,
    SymbolPrototypeToString, TypedArrayPrototypeGetLength, isInstance,
  } = internals.primordials;
  const { MAX_ITEMS, MAX_LENGTH, behindProxies, inspect } = internals.inspect;
  const { cut, guestStack, indentLines } = internals.inspectText;
  const { defineTag, eachItem, isObject, isTypedArray, toDOMString } = internals.webidl;
  const { fieldKeys, log, namedKeys, now } = internals.host;

  const PERCENT = 37;
  const MAX_GROUPS = 20;
  // Longer cells of tables, and labels of counters and timers, are cut.
  const MAX_CELL = 1000;

  let groups = 0;

  function formatNumber(value, convert) {
    switch (typeof value) {
      case "string":
        value = StringPrototypeSlice(value, 0, MAX_LENGTH);
        break;
      case "bigint":
        return `${value}n`;
      case "symbol":
      case "object":
      case "function":
        return "NaN";
    }
    const number = convert(value);
    return ObjectIs(number, -0) ? "-0" : `${number}`;
  }

  // A number as it is meant: what parseInt makes of the text of a very large or small one is its first digit.
  const toInteger = (value) => (typeof value === "number" ? MathTrunc(value) : NumberParseInt(value, 10));

  function formatString(value) {
    switch (typeof value) {
      case "string":
        return value;
      case "symbol":
        return SymbolPrototypeToString(value);
      case "object":
      case "function":
        return inspect(value, 1);
      default:
        return inspect(value);
    }
  }

  function formatJson(value) {
    if (typeof value === "string") {
      value = StringPrototypeSlice(value, 0, MAX_LENGTH);
    }
    try {
      return `${JSONStringify(value)}`;
    } catch {
      return "[not JSON]";
    }
  }

  // The text of one format specifier; null if there is no such specifier.
  function formatSpecifier(code, value) {
    switch (code) {
      case 115: // s
        return formatString(value);
      case 100: // d
      case 105: // i
        return formatNumber(value, toInteger);
      case 102: // f
        return formatNumber(value, NumberParseFloat);
      case 106: // j
        return formatJson(value);
      case 111: // o
      case 79: // O
        return inspect(value, 4);
      case 99: // c
        return "";
      default:
        return null;
    }
  }

  // Expands the specifiers of the first argument and adds the other arguments.
  function format(args) {
    let text = "";
    let used = 0;
    const first = args[0];
    if (typeof first === "string") {
      used = 1;
      let start = 0;
      const end = args.length > 1 ? MathMin(first.length, MAX_LENGTH) : 0;
      for (let i = 0; i + 1 < end && text.length <= MAX_LENGTH; i++) {
        if (StringPrototypeCharCodeAt(first, i) !== PERCENT) {
          continue;
        }
        const code = StringPrototypeCharCodeAt(first, i + 1);
        let piece = null;
        if (code === PERCENT) {
          piece = "%";
        } else if (used < args.length) {
          piece = formatSpecifier(code, args[used]);
          used += piece === null ? 0 : 1;
        }
        if (piece !== null) {
          text += StringPrototypeSlice(first, start, i) + piece;
          start = i + 2;
          i++;
        }
      }
      text += StringPrototypeSlice(first, start);
    }
    for (let i = used; i < args.length && text.length <= MAX_LENGTH; i++) {
      const value = args[i];
      text += `${i === 0 ? "" : " "}${typeof value === "string" ? value : inspect(value)}`;
    }
    return text;
  }

  function print(level, text) {
    text = cut(text, MAX_LENGTH);
    if (groups > 0) {
      text = cut(StringPrototypeRepeat("  ", groups) + indentLines(text, groups), MAX_LENGTH);
    }
    log(level, text);
  }

  // The `depth` of the options of console.dir: null stands for no limit.
  function depthOf(options) {
    try {
      const depth = options?.depth;
      return depth === null ? Infinity : typeof depth === "number" ? depth : undefined;
    } catch {
      return undefined;
    }
  }

  function openGroup(data) {
    if (data.length !== 0) {
      print("log", format(data));
    }
    groups += groups < MAX_GROUPS ? 1 : 0;
  }

  const labelOf = (label) => cut(toDOMString(label), MAX_CELL);

  // Maps of label to count and to start time.
  let counts = null;
  let starts = null;

  function printElapsed(label, args) {
    const start = starts === null ? undefined : MapPrototypeGet(starts, label);
    if (start === undefined) {
      print("warn", `Timer "${label}" does not exist`);
      return;
    }
    const elapsed = NumberPrototypeToFixed(now() - start, 3);
    const text = `${label}: ${elapsed}ms`;
    print("log", args.length === 0 ? text : `${text} ${format(args)}`);
  }

  function drawTable(headings, rows) {
    const widths = [];
    for (let column = 0; column < headings.length; column++) {
      let width = headings[column].length;
      for (let i = 0; i < rows.length; i++) {
        width = MathMax(width, rows[i][column].length);
      }
      ArrayPrototypePush(widths, width);
    }
    const line = (cells, left, middle, right, fill) => {
      let text = left;
      for (let column = 0; column < widths.length; column++) {
        const cell = cells === null ? "" : cells[column];
        text += column === 0 ? fill : middle + fill;
        text += StringPrototypePadEnd(cell, widths[column], fill) + fill;
      }
      return text + right;
    };
    let table = `${line(null, "\u250c", "\u252c", "\u2510", "\u2500")}\n`;
    table += `${line(headings, "\u2502", "\u2502", "\u2502", " ")}\n`;
    table += `${line(null, "\u251c", "\u253c", "\u2524", "\u2500")}\n`;
    for (let i = 0; i < rows.length && table.length <= MAX_LENGTH; i++) {
      table += `${line(rows[i], "\u2502", "\u2502", "\u2502", " ")}\n`;
    }
    return table + line(null, "\u2514", "\u2534", "\u2518", "\u2500");
  }

  function cellOf(object, key) {
    const descriptor = ReflectGetOwnPropertyDescriptor(object, key);
    return descriptor === undefined ? "" : inspect(descriptor.value, 0, MAX_CELL);
  }

  // Up to MAX_ITEMS own enumerable names, indices first.
  function tableKeys(object) {
    const result = [];
    const hasElements = ArrayIsArray(object) || isTypedArray(object);
    if (hasElements) {
      const length = ArrayIsArray(object) ? object.length : TypedArrayPrototypeGetLength(object);
      for (let i = 0; i < MathMin(length, MAX_ITEMS); i++) {
        if (ReflectGetOwnPropertyDescriptor(object, i) !== undefined) {
          ArrayPrototypePush(result, `${i}`);
        }
      }
    }
    const names = (hasElements ? null : fieldKeys(object, MAX_ITEMS)) ?? namedKeys(object);
    for (let i = 0; i < names.length && result.length < MAX_ITEMS; i++) {
      ArrayPrototypePush(result, `${names[i]}`);
    }
    return result;
  }

  const VALUES = "Values";

  // The row of that name, without a Proxy around it.
  function rowOf(data, key) {
    const row = ReflectGetOwnPropertyDescriptor(data, key)?.value;
    return isObject(row) ? behindProxies(row) : row;
  }

  // The names of the columns that somebody asks for; null for all.
  function columnsOf(properties) {
    if (properties === undefined) {
      return null;
    }
    const columns = [];
    eachItem(properties, (item) => {
      const name = toDOMString(item);
      if (columns.length < MAX_ITEMS) {
        ArrayPrototypePush(columns, name);
      }
    }, "console.table: the properties");
    return columns;
  }

  // What a Map or a Set has in it, up to MAX_ITEMS, as the rows of a table; null for another object.
  function rowsOfCollection(data) {
    const isMap = isInstance(data, Map);
    if (!isMap && !isInstance(data, Set)) {
      return null;
    }
    const items = isMap ? MapPrototypeEntries(data) : SetPrototypeValues(data);
    const next = isMap ? MapIteratorPrototypeNext : SetIteratorPrototypeNext;
    const rows = [];
    while (rows.length < MAX_ITEMS) {
      const { done, value } = next(items);
      if (done) {
        break;
      }
      ArrayPrototypePush(rows, isMap
        ? { __proto__: null, Key: value[0], Values: value[1] }
        : { __proto__: null, Values: value });
    }
    return rows;
  }

  function table(data, columns) {
    const rows = rowsOfCollection(data);
    return rows === null
      ? tableOf(data, columns, "(index)")
      : tableOf(rows, null, "(iteration index)");
  }

  function tableOf(data, columns, index) {
    const rowKeys = tableKeys(data);
    const headings = [index];
    // Map of property name to true, for the columns there are already.
    const known = new Map();
    let hasValues = false;
    for (let i = 0; i < rowKeys.length; i++) {
      const row = rowOf(data, rowKeys[i]);
      if (!isObject(row)) {
        hasValues = true;
        continue;
      }
      const keys = columns ?? tableKeys(row);
      for (let j = 0; j < keys.length && headings.length <= MAX_ITEMS; j++) {
        if (!MapPrototypeHas(known, keys[j])) {
          MapPrototypeSet(known, keys[j], true);
          ArrayPrototypePush(headings, keys[j]);
        }
      }
    }
    const rows = [];
    let length = 0;
    for (let i = 0; i < rowKeys.length && length <= MAX_LENGTH; i++) {
      const row = rowOf(data, rowKeys[i]);
      const cells = [cut(rowKeys[i], MAX_CELL)];
      for (let column = 1; column < headings.length; column++) {
        const cell = isObject(row) ? cellOf(row, headings[column]) : "";
        length += cell.length;
        ArrayPrototypePush(cells, cell);
      }
      if (hasValues) {
        ArrayPrototypePush(cells, isObject(row) ? "" : inspect(row, 0, MAX_CELL));
      }
      ArrayPrototypePush(rows, cells);
    }
    if (hasValues) {
      ArrayPrototypePush(headings, VALUES);
    }
    for (let column = 1; column < headings.length; column++) {
      headings[column] = cut(headings[column], MAX_CELL);
    }
    return drawTable(headings, rows);
  }

  const console = {
    debug(...data) {
      print("debug", format(data));
    },
    info(...data) {
      print("info", format(data));
    },
    log(...data) {
      print("log", format(data));
    },
    warn(...data) {
      print("warn", format(data));
    },
    error(...data) {
      print("error", format(data));
    },
    trace(...data) {
      const trace = new Error();
      ErrorCaptureStackTrace(trace, console.trace);
      const text = data.length === 0 ? "Trace" : `Trace: ${format(data)}`;
      const { stack } = trace;
      // Without the "Error" at its start.
      const frames = typeof stack === "string" ? guestStack(StringPrototypeSlice(stack, 5, MAX_LENGTH)) : "";
      print("debug", text + frames);
    },
    assert(condition = false, ...data) {
      if (!condition) {
        const text = data.length === 0 ? "" : `: ${format(data)}`;
        print("error", `Assertion failed${text}`);
      }
    },
    dir(item = undefined, options = undefined) {
      print("log", inspect(item, depthOf(options)));
    },
    dirxml(...data) {
      print("log", format(data));
    },
    table(data = undefined, properties = undefined) {
      const columns = columnsOf(properties);
      let text;
      try {
        const shown = isObject(data) ? behindProxies(data) : data;
        text = isObject(shown) ? table(shown, columns) : format([data]);
      } catch {
        text = inspect(data);
      }
      print("log", text);
    },
    group(...data) {
      openGroup(data);
    },
    groupCollapsed(...data) {
      openGroup(data);
    },
    groupEnd() {
      groups -= groups > 0 ? 1 : 0;
    },
    clear() {
      groups = 0;
    },
    count(label = "default") {
      label = labelOf(label);
      counts ??= new Map();
      const count = (MapPrototypeGet(counts, label) ?? 0) + 1;
      MapPrototypeSet(counts, label, count);
      print("info", `${label}: ${count}`);
    },
    countReset(label = "default") {
      label = labelOf(label);
      if (counts === null || !MapPrototypeDelete(counts, label)) {
        print("warn", `Count for "${label}" does not exist`);
      }
    },
    time(label = "default") {
      label = labelOf(label);
      starts ??= new Map();
      if (MapPrototypeHas(starts, label)) {
        print("warn", `Timer "${label}" already exists`);
      } else {
        MapPrototypeSet(starts, label, now());
      }
    },
    timeLog(label = "default", ...data) {
      printElapsed(labelOf(label), data);
    },
    timeEnd(label = "default") {
      label = labelOf(label);
      printElapsed(label, []);
      if (starts !== null) {
        MapPrototypeDelete(starts, label);
      }
    },
  };
  ObjectSetPrototypeOf(console, {});
  defineTag(console, "console");

  internals.globals.console = console;
})
