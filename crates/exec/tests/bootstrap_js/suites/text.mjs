import assert from "node:assert/strict";
import { test } from "node:test";
import { Context } from "../harness.mjs";
import { table, throws } from "../tables.mjs";

const TYPE_ERROR = throws("TypeError");
const INVALID = throws("InvalidCharacterError");

table("atob and btoa", [
  ["['', 'a', 'ab', 'abc', 'abcd', '\\0\\xff'].map(btoa)", ["", "YQ==", "YWI=", "YWJj", "YWJjZA==", "AP8="]],
  ["['', 'YQ==', 'YQ', ' Y W\\tI=\\n', 'YWJj', 'AP8='].map(atob)", ["", "a", "a", "ab", "abc", "\0\xff"]],
  ["atob('a')", INVALID],
  ["atob('YQ=')", INVALID],
  ["atob('YQ===')", INVALID],
  ["atob('=')", INVALID],
  ["atob('Y=Q=')", INVALID],
  ["atob('YWJj====')", INVALID],
  ["atob('YW-_')", INVALID],
  ["atob('YR')", "a"],
  ["atob(null)", "\x9e\xe9e"],
  ["btoa('€')", INVALID],
  ["btoa()", TYPE_ERROR],
  ["const s = 'xyz\\xfe'.repeat(20000); return atob(btoa(s)) === s", true],
]);

table("TextEncoder", [
  ["[...new TextEncoder().encode('aä€\\ud83d\\ude00\\ud800')]", [97, 195, 164, 226, 130, 172, 240, 159, 152, 128, 239, 191, 189]],
  ["new TextEncoder().encode().length", 0],
  ["new TextEncoder().encoding", "utf-8"],
  ["const b = new Uint8Array(8); const r = new TextEncoder().encodeInto('a\\ud83d\\ude00äb', b); return [r, [...b]]", [{ read: 5, written: 8 }, [97, 240, 159, 152, 128, 195, 164, 98]]],
  ["const b = new Uint8Array(4); const r = new TextEncoder().encodeInto('a\\ud83d\\ude00', b); return [r, [...b]]", [{ read: 1, written: 1 }, [97, 0, 0, 0]]],
  ["const b = new Uint8Array(7); const r = new TextEncoder().encodeInto('€\\ud800x', b); return [r, [...b]]", [{ read: 3, written: 7 }, [226, 130, 172, 239, 191, 189, 120]]],
  ["new TextEncoder().encodeInto('a', new Uint16Array(1))", TYPE_ERROR],
  ["TextEncoder.prototype.encode.call({})", TYPE_ERROR],
]);

table("TextDecoder", [
  ["new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 97, 0xc3, 0xa4, 0xff]))", "aä\ufffd"],
  ["new TextDecoder('utf-8', { ignoreBOM: true }).decode(new Uint8Array([0xef, 0xbb, 0xbf, 97]))", "\ufeffa"],
  ["new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xff]))", TYPE_ERROR],
  ["new TextDecoder('nonsense')", throws("RangeError")],
  ["const d = new TextDecoder('LATIN1', { fatal: true }); return [d.encoding, d.fatal, d.ignoreBOM]", ["windows-1252", true, false]],
  ["new TextDecoder('utf-16le').decode(new Uint8Array([97, 0, 0xac, 0x20]))", "a€"],
  ["new TextDecoder().decode()", ""],
  ["new TextDecoder().decode(new Uint8Array([97, 98]).buffer)", "ab"],
  ["new TextDecoder().decode(new DataView(new Uint8Array([97, 98]).buffer, 1))", "b"],
  ["new TextDecoder().decode('a')", TYPE_ERROR],
  ["new TextDecoder().decode(null)", TYPE_ERROR],
  ["const d = new TextDecoder(); const o = { stream: true }; return [d.decode(new Uint8Array([0xe2, 0x82]), o), d.decode(new Uint8Array([0xac]), o), d.decode(new Uint8Array([0xe2])), d.decode(new Uint8Array([97]))]", ["", "€", "\ufffd", "a"]],
  [`const text = "\\ufeffa\\u00e4\\u20ac\\u{1f600}\\ufffd\\ufeffz", bytes = [...new TextEncoder().encode(text), 0xe0, 0x80, 0xf5, 0xff, 0xc3, 0xf0, 0x9f, 65, 0xed, 0xa0, 0x80, 0xe2, 0x82];
    const whole = new TextDecoder().decode(new Uint8Array(bytes));
    for (let size = 1; size < bytes.length; size++) {
      const d = new TextDecoder(); let out = "";
      for (let i = 0; i < bytes.length; i += size) out += d.decode(new Uint8Array(bytes.slice(i, i + size)), { stream: true });
      out += d.decode();
      if (out !== whole) return [size, out, whole];
    }
    return "same"`, "same"],
  ["const d = new TextDecoder(); d.decode(new Uint8Array([0xef, 0xbb]), { stream: true }); return d.decode(new Uint8Array([0xbf, 97])) + d.decode(new Uint8Array([0xef, 0xbb, 0xbf, 98]))", "ab"],
  ["const d = new TextDecoder('utf-16le'); const o = { stream: true }; return [d.decode(new Uint8Array([97]), o), d.decode(new Uint8Array([0, 98]), o), d.decode()]", ["", "a", "\ufffd"]],
  ["const d = new TextDecoder('utf-8', { fatal: true }); d.decode(new Uint8Array([0xe2]), { stream: true }); try { d.decode() } catch (e) { return [e.name, d.decode(new Uint8Array([97]))] }", ["TypeError", "a"]],
]);

table("structuredClone", [
  ["structuredClone({ a: [1, { b: 2 }] })", { a: [1, { b: 2 }] }],
  ["structuredClone(() => {})", throws("DataCloneError")],
  ["const e = (() => { try { structuredClone(Symbol()) } catch (x) { return x } })(); return [e instanceof DOMException, e.code, e.message]", [true, 25, "A symbol could not be cloned"]],
  ["structuredClone()", TYPE_ERROR],
  ["structuredClone(1, { transfer: 5 })", TYPE_ERROR],
  ["structuredClone(1, { transfer: [{}] })", throws("DataCloneError")],
  ["const b = new ArrayBuffer(1); return structuredClone(1, { transfer: [b, b] })", throws("DataCloneError")],
  ["const b = new ArrayBuffer(4); const c = structuredClone(b, { transfer: [b] }); return [b.byteLength, c.byteLength]", [0, 4]],
]);

table("crypto", [
  ["const u = crypto.randomUUID(); return [/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(u), u !== crypto.randomUUID()]", [true, true]],
  ["const a = new Uint8Array(32); return [crypto.getRandomValues(a) === a, a.some((x) => x !== 0)]", [true, true]],
  ["const a = new BigUint64Array(4); crypto.getRandomValues(a); return a.some((x) => x !== 0n)", true],
  ["const b = new Uint8Array(8); crypto.getRandomValues(b.subarray(2, 6)); return [b[0], b[1], b[6], b[7]]", [0, 0, 0, 0]],
  ["crypto.getRandomValues(new Uint8Array(65536)).length", 65536],
  ["crypto.getRandomValues(new Uint8Array(65537))", throws("QuotaExceededError")],
  ["try { crypto.getRandomValues(new Uint8Array(65537)) } catch (e) { return [e instanceof QuotaExceededError, e instanceof DOMException, e.code, e.quota, e.requested] }", [true, true, 22, null, null]],
  ["const e = new QuotaExceededError('m', { quota: 5, requested: '9' }); const c = structuredClone(e); return [e.name, e.message, e.code, e.quota, e.requested, c instanceof QuotaExceededError, c.quota, c.requested, c.message, QuotaExceededError.length, String(e)]", ["QuotaExceededError", "m", 22, 5, 9, true, 5, 9, "m", 0, "QuotaExceededError: m"]],
  ["new QuotaExceededError('', { quota: -1 })", throws("RangeError")],
  ["new QuotaExceededError('', { requested: NaN })", TYPE_ERROR],
  ["new QuotaExceededError('', { quota: 5, requested: 4 })", throws("RangeError")],
  ["QuotaExceededError()", TYPE_ERROR],
  ["new QuotaExceededError('', 5)", TYPE_ERROR],
  ["const d = structuredClone(new DOMException('m', 'QuotaExceededError')); return [d instanceof QuotaExceededError, d.code]", [false, 22]],
  ["crypto.getRandomValues(new Float32Array(1))", throws("TypeMismatchError")],
  ["crypto.getRandomValues(new DataView(new ArrayBuffer(1)))", throws("TypeMismatchError")],
  ["crypto.getRandomValues([])", throws("TypeMismatchError")],
  ["crypto.getRandomValues()", TYPE_ERROR],
  ["new Crypto()", TYPE_ERROR],
  ["typeof crypto.subtle", "object"],
]);

table("performance, navigator and the global scope", [
  ["[typeof performance.now(), performance.timeOrigin, performance.toJSON()]", ["number", 0, { timeOrigin: 0 }]],
  ["navigator.userAgent", "isolate-pool"],
  ["self === globalThis", true],
  ["const keys = Object.keys(globalThis); return [keys.filter((key) => /^[A-Z]|console/.test(key)), keys.includes('fetch'), keys.includes('self')]", [[], true, true]],
  ["const d = Object.getOwnPropertyDescriptor(globalThis, 'Response'); return [d.enumerable, d.writable, d.configurable]", [false, true, true]],
  ["[setTimeout.length, fetch.length, structuredClone.length, Response.length, URL.length, queueMicrotask.length]", [1, 1, 1, 0, 1, 1]],
  ["Object.getOwnPropertyNames(globalThis).filter((n) => n.startsWith('_'))", []],
]);

test("randomness and clones work at the top level", () => {
  const context = new Context();
  assert.equal(context.eval("crypto.randomUUID().length"), 36);
  assert.equal(context.eval("structuredClone(5)"), 5);
});
