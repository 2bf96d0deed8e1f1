"use strict";
// util.parseArgs

const {
  invalidArgType, invalidArgValue, nodeError, validateArray, validateBoolean, validateObject,
  validateString,
} = require("internal/errors");

function checkOptions(options) {
  validateObject(options, "options");
  for (const [name, option] of Object.entries(options)) {
    const at = `options.${name}`;
    validateObject(option, at);
    if (option.type !== "string" && option.type !== "boolean") {
      throw invalidArgType(`${at}.type`, "('string|boolean')", option.type);
    }
    if (option.short !== undefined) {
      validateString(option.short, `${at}.short`);
      if (option.short.length !== 1) {
        throw invalidArgValue(`${at}.short`, option.short, "must be a single character");
      }
    }
    if (option.multiple !== undefined) {
      validateBoolean(option.multiple, `${at}.multiple`);
    }
    if (option.default !== undefined) {
      checkDefault(option, `${at}.default`);
    }
  }
}

function checkDefault(option, at) {
  const values = option.multiple ? option.default : [option.default];
  if (option.multiple) {
    validateArray(values, at);
  }
  for (const value of values) {
    if (typeof value !== option.type) {
      throw invalidArgType(at, option.type, value);
    }
  }
}

const longOf = (options, short) =>
  Object.keys(options).find((name) => options[name].short === short) ?? short;

const typeOf = (options, name) => (Object.hasOwn(options, name) ? options[name].type : undefined);

// What each argument is. `-ab` becomes `-a -b`, and `-fvalue` an option with its value.
function tokenize(args, options) {
  const tokens = [];
  const rest = args.map((text, index) => ({ text, index }));
  const option = (index, name, rawName, value, inlineValue) =>
    tokens.push({ kind: "option", name, rawName, index, value, inlineValue });
  while (rest.length > 0) {
    const { text, index } = rest.shift();
    if (text === "--") {
      tokens.push({ kind: "option-terminator", index });
      for (const { text: value, index: at } of rest) {
        tokens.push({ kind: "positional", index: at, value });
      }
      break;
    }
    const takesNext = (name) => typeOf(options, name) === "string" && rest.length > 0;
    if (/^-[^-]$/.test(text)) {
      const name = longOf(options, text[1]);
      const value = takesNext(name) ? rest.shift().text : undefined;
      option(index, name, text, value, value === undefined ? undefined : false);
    } else if (/^-[^-]./s.test(text)) {
      const name = longOf(options, text[1]);
      if (typeOf(options, name) === "string") {
        option(index, name, text.slice(0, 2), text.slice(2), true);
      } else {
        // The first, and then the others in their turn.
        rest.unshift({ text: `-${text[1]}`, index }, { text: `-${text.slice(2)}`, index });
      }
    } else if (/^--.[^=]*$/s.test(text)) {
      const name = text.slice(2);
      const value = takesNext(name) ? rest.shift().text : undefined;
      option(index, name, text, value, value === undefined ? undefined : false);
    } else if (text.startsWith("--")) {
      // A name has a character at least, whichever it is.
      const split = text.indexOf("=", 3);
      option(index, text.slice(2, split), text.slice(0, split), text.slice(split + 1), true);
    } else {
      tokens.push({ kind: "positional", index, value: text });
    }
  }
  return tokens;
}

function checkOption(token, { options, strict, allowNegative, allowPositionals }) {
  const { name, rawName, value, inlineValue } = token;
  if (!Object.hasOwn(options, name)) {
    if (!strict) {
      return;
    }
    const hint = allowPositionals
      ? `. To specify a positional argument starting with a '-', place it at the end of the command after '--', as in '-- "${rawName}"`
      : "";
    throw nodeError(TypeError, "ERR_PARSE_ARGS_UNKNOWN_OPTION", `Unknown option '${rawName}'${hint}`);
  }
  if (!strict) {
    return;
  }
  const { type, short } = options[name];
  const shown = `${short ? `-${short}, ` : ""}--${name}`;
  if (type === "string" && typeof value !== "string") {
    throw nodeError(
      TypeError, "ERR_PARSE_ARGS_INVALID_OPTION_VALUE", `Option '${shown} <value>' argument missing`,
    );
  }
  if (type === "boolean" && value !== undefined && value !== null) {
    throw nodeError(
      TypeError, "ERR_PARSE_ARGS_INVALID_OPTION_VALUE", `Option '${shown}' does not take an argument`,
    );
  }
  if (inlineValue === false && value.length > 1 && value[0] === "-") {
    const example = rawName.startsWith("--") ? `'${rawName}=-XYZ'` : `'--${name}=-XYZ' or '${rawName}-XYZ'`;
    throw nodeError(
      TypeError,
      "ERR_PARSE_ARGS_INVALID_OPTION_VALUE",
      `Option '${rawName}' argument is ambiguous.\nDid you forget to specify the option argument for '${rawName}'?\n` +
        `To specify an option argument starting with a dash use ${example}.`,
    );
  }
}

function store(values, options, name, value) {
  if (name === "__proto__") {
    return;
  }
  const given = value ?? true;
  if (Object.hasOwn(options, name) && options[name].multiple) {
    values[name] ??= [];
    values[name].push(given);
  } else {
    values[name] = given;
  }
}

function parseArgs(config = {}) {
  validateObject(config, "config");
  const { args = [], options = {}, strict = true, tokens: wantsTokens = false, allowNegative = false } = config;
  const allowPositionals = config.allowPositionals ?? !strict;
  validateArray(args, "args");
  validateBoolean(strict, "strict");
  validateBoolean(allowPositionals, "allowPositionals");
  validateBoolean(wantsTokens, "tokens");
  checkOptions(options);
  const settings = { options, strict, allowNegative, allowPositionals };
  const values = { __proto__: null };
  const positionals = [];
  const tokens = tokenize(args.map((arg) => `${arg}`), options);
  for (const token of tokens) {
    if (token.kind === "option") {
      const negated = token.name.startsWith("no-") ? token.name.slice(3) : "";
      if (allowNegative && typeOf(options, negated) === "boolean" && !Object.hasOwn(options, token.name)) {
        token.name = negated;
        checkOption(token, settings);
        store(values, options, negated, false);
        continue;
      }
      checkOption(token, settings);
      store(values, options, token.name, token.value);
    } else if (token.kind === "positional") {
      if (!allowPositionals) {
        throw nodeError(
          TypeError,
          "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL",
          `Unexpected argument '${token.value}'. This command does not take positional arguments`,
        );
      }
      positionals.push(token.value);
    }
  }
  for (const [name, option] of Object.entries(options)) {
    if (option.default !== undefined && values[name] === undefined) {
      values[name] = option.default;
    }
  }
  return wantsTokens ? { values, positionals, tokens } : { values, positionals };
}

module.exports = { parseArgs };
