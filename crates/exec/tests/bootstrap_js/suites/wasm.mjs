// WebAssembly.compileStreaming and instantiateStreaming.
import { table, throws } from "../tables.mjs";

const TYPE_ERROR = throws("TypeError");
// A module with a function `two` that takes nothing, and returns 2.
const BYTES = "new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 116, 119, 111, 0, 0, 10, 6, 1, 4, 0, 65, 2, 11])";
const WASM = "{ headers: { 'content-type': ' Application/WASM ' } }";
const of = (bytes, init = WASM) => `new Response(${bytes}, ${init})`;

table("streams of WebAssembly", [
  [`const m = await WebAssembly.compileStreaming(${of(BYTES)}); return [m instanceof WebAssembly.Module, new WebAssembly.Instance(m).exports.two()]`, [true, 2]],
  [`const { module, instance } = await WebAssembly.instantiateStreaming(Promise.resolve(${of(BYTES)}), {}); return [module instanceof WebAssembly.Module, instance.exports.two()]`, [true, 2]],
  [`const bytes = ${BYTES}; const body = new ReadableStream({ start(c) { for (const byte of bytes) c.enqueue(new Uint8Array([byte])); c.close() } }); return (await WebAssembly.instantiateStreaming(${of("body")})).instance.exports.two()`, 2],
  ["WebAssembly.compileStreaming()", TYPE_ERROR],
  ["WebAssembly.instantiateStreaming()", TYPE_ERROR],
  [`WebAssembly.compileStreaming(${BYTES})`, TYPE_ERROR],
  ["WebAssembly.compileStreaming(Promise.reject(new RangeError()))", throws("RangeError")],
  [`WebAssembly.compileStreaming(${of(BYTES, "{}")})`, TYPE_ERROR],
  [`WebAssembly.compileStreaming(${of(BYTES, "{ headers: { 'content-type': 'application/wasm;x=y' } }")})`, TYPE_ERROR],
  [`WebAssembly.compileStreaming(${of(BYTES, "{ status: 404, headers: { 'content-type': 'application/wasm' } }")})`, TYPE_ERROR],
  ["WebAssembly.compileStreaming(Response.error())", TYPE_ERROR],
  [`const r = ${of(BYTES)}; await r.text(); return WebAssembly.compileStreaming(r)`, TYPE_ERROR],
  [`const r = ${of(BYTES)}; r.body.getReader(); return WebAssembly.compileStreaming(r)`, TYPE_ERROR],
  [`WebAssembly.compileStreaming(${of("new Uint8Array([1, 2, 3])")})`, throws("CompileError")],
  [`WebAssembly.compileStreaming(${of("null")})`, throws("CompileError")],
  [`WebAssembly.instantiateStreaming(${of(BYTES)}, 5)`, TYPE_ERROR],
  [`WebAssembly.compileStreaming(${of("new ReadableStream({ pull(c) { c.error(new RangeError()) } })")})`, throws("RangeError")],
  ["const d = Object.getOwnPropertyDescriptor(WebAssembly, 'compileStreaming'); return [d.writable, d.enumerable, d.configurable, WebAssembly.compileStreaming.length, WebAssembly.instantiateStreaming.length, Object.hasOwn(WebAssembly.compileStreaming, 'prototype')]", [true, true, true, 1, 1, false]],
]);
