"use strict";
// Numbers in a Buffer: its methods read... and write...
const { invalidArgType, nodeError, outOfRange } = require("internal/errors");

const { floor } = Math;

function checkOffset(offset) {
  if (typeof offset !== "number") {
    throw invalidArgType("offset", "number", offset);
  }
}

// There are no `size` bytes at `offset`.
function outside(buffer, offset, size) {
  checkOffset(offset);
  if (floor(offset) !== offset) {
    throw outOfRange("offset", "an integer", offset);
  }
  if (buffer.length < size) {
    throw nodeError(RangeError, "ERR_BUFFER_OUT_OF_BOUNDS", "Attempt to access memory outside buffer bounds");
  }
  throw outOfRange("offset", `>= 0 and <= ${buffer.length - size}`, offset);
}

function checkPlace(buffer, offset, size) {
  if (
    typeof offset !== "number" || buffer[offset] === undefined || buffer[offset + size - 1] === undefined
  ) {
    outside(buffer, offset, size);
  }
}

function checkByteLength(length) {
  if (typeof length !== "number") {
    throw invalidArgType("byteLength", "number", length);
  }
  if (floor(length) !== length) {
    throw outOfRange("byteLength", "an integer", length);
  }
  if (length < 1 || length > 6) {
    throw outOfRange("byteLength", ">= 1 and <= 6", length);
  }
}

function checkValue(value, min, max, size) {
  if (value <= max && value >= min) {
    return;
  }
  if (!(value > max || value < min)) {
    return;
  }
  const n = typeof min === "bigint" ? "n" : "";
  let range = `>= ${min}${n} and <= ${max}${n}`;
  if (size > 4) {
    const bits = size * 8;
    range = min === 0 || min === 0n
      ? `>= 0${n} and < 2${n} ** ${bits}${n}`
      : `>= -(2${n} ** ${bits - 1}${n}) and < 2${n} ** ${bits - 1}${n}`;
  }
  throw outOfRange("value", range, value);
}

// Of one byte to six, the least significant first or last.
function readLE(buffer, offset, size) {
  let value = 0;
  for (let at = offset + size - 1; at >= offset; at--) {
    value = value * 256 + buffer[at];
  }
  return value;
}

function readBE(buffer, offset, size) {
  let value = 0;
  for (let at = offset; at < offset + size; at++) {
    value = value * 256 + buffer[at];
  }
  return value;
}

const signed = (value, size) => (value >= 2 ** (size * 8 - 1) ? value - 2 ** (size * 8) : value);

// NaN is written as 0, and fractions are cut off, as by an array of bytes.
const whole = (value) => (value === value ? Math.trunc(value) : 0);

function writeLE(buffer, value, offset, size) {
  let rest = whole(value);
  for (let at = offset; at < offset + size; at++) {
    buffer[at] = rest;
    rest = floor(rest / 256);
  }
  return offset + size;
}

function writeBE(buffer, value, offset, size) {
  let rest = whole(value);
  for (let at = offset + size - 1; at >= offset; at--) {
    buffer[at] = rest;
    rest = floor(rest / 256);
  }
  return offset + size;
}

const variable = {
  readUIntLE(offset, byteLength) {
    checkVariable(this, offset, byteLength);
    return readLE(this, offset, byteLength);
  },
  readUIntBE(offset, byteLength) {
    checkVariable(this, offset, byteLength);
    return readBE(this, offset, byteLength);
  },
  readIntLE(offset, byteLength) {
    checkVariable(this, offset, byteLength);
    return signed(readLE(this, offset, byteLength), byteLength);
  },
  readIntBE(offset, byteLength) {
    checkVariable(this, offset, byteLength);
    return signed(readBE(this, offset, byteLength), byteLength);
  },
  writeUIntLE(value, offset, byteLength) {
    return writeLE(this, prepared(this, value, offset, byteLength, false), offset, byteLength);
  },
  writeUIntBE(value, offset, byteLength) {
    return writeBE(this, prepared(this, value, offset, byteLength, false), offset, byteLength);
  },
  writeIntLE(value, offset, byteLength) {
    return writeLE(this, prepared(this, value, offset, byteLength, true), offset, byteLength);
  },
  writeIntBE(value, offset, byteLength) {
    return writeBE(this, prepared(this, value, offset, byteLength, true), offset, byteLength);
  },
};

function checkVariable(buffer, offset, byteLength) {
  if (offset === undefined) {
    throw invalidArgType("offset", "number", offset);
  }
  checkByteLength(byteLength);
  checkPlace(buffer, offset, byteLength);
}

function prepared(buffer, value, offset, byteLength, isSigned) {
  checkByteLength(byteLength);
  return checked(buffer, value, offset, byteLength, isSigned);
}

function checked(buffer, value, offset, size, isSigned) {
  const number = +value;
  const values = 2 ** (size * 8);
  if (size === 1) {
    checkOffset(offset);
  }
  checkValue(number, isSigned ? -values / 2 : 0, (isSigned ? values / 2 : values) - 1, size);
  checkPlace(buffer, offset, size);
  return number;
}

const fixed = {
  readUInt8(offset = 0) {
    checkOffset(offset);
    const value = this[offset];
    if (value === undefined) {
      outside(this, offset, 1);
    }
    return value;
  },
  readInt8(offset = 0) {
    checkOffset(offset);
    const value = this[offset];
    if (value === undefined) {
      outside(this, offset, 1);
    }
    return value << 24 >> 24;
  },
  readUInt16LE(offset = 0) {
    checkPlace(this, offset, 2);
    return this[offset] | this[offset + 1] << 8;
  },
  readUInt16BE(offset = 0) {
    checkPlace(this, offset, 2);
    return this[offset] << 8 | this[offset + 1];
  },
  readInt16LE(offset = 0) {
    checkPlace(this, offset, 2);
    return (this[offset] << 16 | this[offset + 1] << 24) >> 16;
  },
  readInt16BE(offset = 0) {
    checkPlace(this, offset, 2);
    return (this[offset] << 24 | this[offset + 1] << 16) >> 16;
  },
  readUInt32LE(offset = 0) {
    checkPlace(this, offset, 4);
    return word(this[offset + 3], this[offset + 2], this[offset + 1], this[offset]) >>> 0;
  },
  readUInt32BE(offset = 0) {
    checkPlace(this, offset, 4);
    return word(this[offset], this[offset + 1], this[offset + 2], this[offset + 3]) >>> 0;
  },
  readInt32LE(offset = 0) {
    checkPlace(this, offset, 4);
    return word(this[offset + 3], this[offset + 2], this[offset + 1], this[offset]);
  },
  readInt32BE(offset = 0) {
    checkPlace(this, offset, 4);
    return word(this[offset], this[offset + 1], this[offset + 2], this[offset + 3]);
  },
  readBigUInt64LE(offset = 0) {
    checkPlace(this, offset, 8);
    return BigInt(readLE(this, offset + 4, 4)) << 32n | BigInt(readLE(this, offset, 4));
  },
  readBigUInt64BE(offset = 0) {
    checkPlace(this, offset, 8);
    return BigInt(readBE(this, offset, 4)) << 32n | BigInt(readBE(this, offset + 4, 4));
  },
  readBigInt64LE(offset = 0) {
    checkPlace(this, offset, 8);
    return BigInt(readLE(this, offset + 4, 4) | 0) << 32n | BigInt(readLE(this, offset, 4));
  },
  readBigInt64BE(offset = 0) {
    checkPlace(this, offset, 8);
    return BigInt(readBE(this, offset, 4) | 0) << 32n | BigInt(readBE(this, offset + 4, 4));
  },
  writeUInt8(value, offset = 0) {
    this[offset] = checked(this, value, offset, 1, false);
    return offset + 1;
  },
  writeInt8(value, offset = 0) {
    this[offset] = checked(this, value, offset, 1, true);
    return offset + 1;
  },
  writeUInt16LE(value, offset = 0) {
    return writeWordLE(this, checked(this, value, offset, 2, false), offset, 2);
  },
  writeUInt16BE(value, offset = 0) {
    return writeWordBE(this, checked(this, value, offset, 2, false), offset, 2);
  },
  writeInt16LE(value, offset = 0) {
    return writeWordLE(this, checked(this, value, offset, 2, true), offset, 2);
  },
  writeInt16BE(value, offset = 0) {
    return writeWordBE(this, checked(this, value, offset, 2, true), offset, 2);
  },
  writeUInt32LE(value, offset = 0) {
    return writeWordLE(this, checked(this, value, offset, 4, false), offset, 4);
  },
  writeUInt32BE(value, offset = 0) {
    return writeWordBE(this, checked(this, value, offset, 4, false), offset, 4);
  },
  writeInt32LE(value, offset = 0) {
    return writeWordLE(this, checked(this, value, offset, 4, true), offset, 4);
  },
  writeInt32BE(value, offset = 0) {
    return writeWordBE(this, checked(this, value, offset, 4, true), offset, 4);
  },
  writeBigUInt64LE(value, offset = 0) {
    return writeBig(this, value, offset, 0n, 0xffffffffffffffffn, true);
  },
  writeBigUInt64BE(value, offset = 0) {
    return writeBig(this, value, offset, 0n, 0xffffffffffffffffn, false);
  },
  writeBigInt64LE(value, offset = 0) {
    return writeBig(this, value, offset, -0x8000000000000000n, 0x7fffffffffffffffn, true);
  },
  writeBigInt64BE(value, offset = 0) {
    return writeBig(this, value, offset, -0x8000000000000000n, 0x7fffffffffffffffn, false);
  },
};

const word = (a, b, c, d) => a << 24 | b << 16 | c << 8 | d;

function writeWordLE(buffer, value, offset, size) {
  const bits = value | 0;
  for (let i = 0; i < size; i++) {
    buffer[offset + i] = bits >>> (i * 8);
  }
  return offset + size;
}

function writeWordBE(buffer, value, offset, size) {
  const bits = value | 0;
  for (let i = 0; i < size; i++) {
    buffer[offset + size - 1 - i] = bits >>> (i * 8);
  }
  return offset + size;
}

function writeBig(buffer, value, offset, min, max, isLittle) {
  checkValue(value, min, max, 8);
  checkPlace(buffer, offset, 8);
  const low = Number(value & 0xffffffffn);
  const high = Number(value >> 32n & 0xffffffffn);
  if (isLittle) {
    writeLE(buffer, low, offset, 4);
    return writeLE(buffer, high, offset + 4, 4);
  }
  writeBE(buffer, high, offset, 4);
  return writeBE(buffer, low, offset + 4, 4);
}

// Floating point numbers, by an array of one and its bytes, of which the least significant is the first.
function floating(Class) {
  const number = new Class(1);
  const bytes = new Uint8Array(number.buffer);
  const size = bytes.length;
  const read = (buffer, offset, isLittle) => {
    checkPlace(buffer, offset, size);
    for (let i = 0; i < size; i++) {
      bytes[isLittle ? i : size - 1 - i] = buffer[offset + i];
    }
    return number[0];
  };
  const write = (buffer, value, offset, isLittle) => {
    const converted = +value;
    checkPlace(buffer, offset, size);
    // V8 has more than one, and gives away which.
    number[0] = converted === converted ? converted : NaN;
    for (let i = 0; i < size; i++) {
      buffer[offset + i] = bytes[isLittle ? i : size - 1 - i];
    }
    return offset + size;
  };
  return { read, write };
}

const single = floating(Float32Array);
const double = floating(Float64Array);

const floats = {
  readFloatLE(offset = 0) {
    return single.read(this, offset, true);
  },
  readFloatBE(offset = 0) {
    return single.read(this, offset, false);
  },
  readDoubleLE(offset = 0) {
    return double.read(this, offset, true);
  },
  readDoubleBE(offset = 0) {
    return double.read(this, offset, false);
  },
  writeFloatLE(value, offset = 0) {
    return single.write(this, value, offset, true);
  },
  writeFloatBE(value, offset = 0) {
    return single.write(this, value, offset, false);
  },
  writeDoubleLE(value, offset = 0) {
    return double.write(this, value, offset, true);
  },
  writeDoubleBE(value, offset = 0) {
    return double.write(this, value, offset, false);
  },
};

// Gives a prototype the methods; those of unsigned numbers have a second name.
function addNumbers(prototype) {
  for (const methods of [fixed, variable, floats]) {
    for (const name of Object.keys(methods)) {
      prototype[name] = methods[name];
      if (name.includes("UInt")) {
        prototype[name.replace("UInt", "Uint")] = methods[name];
      }
    }
  }
}

module.exports = { addNumbers };
