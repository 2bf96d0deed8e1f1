"use strict";
// CRC-32, as gzip has it
const { invalidArgType, validateUint32 } = require("internal/errors");
const { Buffer } = require("buffer");

let table = null;

function tableOf() {
  if (table === null) {
    table = new Uint32Array(256);
    for (let byte = 0; byte < 256; byte++) {
      let value = byte;
      for (let bit = 0; bit < 8; bit++) {
        value = value & 1 ? value >>> 1 ^ 0xedb88320 : value >>> 1;
      }
      table[byte] = value;
    }
  }
  return table;
}

function crc32(data, value = 0) {
  let bytes;
  if (typeof data === "string") {
    bytes = Buffer.from(data);
  } else if (ArrayBuffer.isView(data)) {
    bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  } else {
    throw invalidArgType("data", ["Buffer", "TypedArray", "DataView", "string"], data);
  }
  validateUint32(value, "value");
  const steps = tableOf();
  let sum = ~value;
  for (let i = 0; i < bytes.length; i++) {
    sum = steps[(sum ^ bytes[i]) & 255] ^ sum >>> 8;
  }
  return ~sum >>> 0;
}

module.exports = { crc32 };
