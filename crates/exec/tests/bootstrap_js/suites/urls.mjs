import { table, throws } from "../tables.mjs";

const TYPE_ERROR = throws("TypeError");

table("URL", [
  ["new URL('http://u:p@h:81/p?q#f').href", "http://u:p@h:81/p?q#f"],
  ["const u = new URL('http://u:p@h:81/p?q#f'); return [u.protocol, u.username, u.password, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin]",
    ["http:", "u", "p", "h:81", "h", "81", "/p", "?q", "#f", "http://h:81"]],
  ["new URL('../x', 'http://h/a/b/c').href", "http://h/a/x"],
  ["new URL('x', new URL('http://h/')).href", "http://h/x"],
  ["new URL('x')", TYPE_ERROR],
  ["new URL()", TYPE_ERROR],
  ["URL('http://a')", TYPE_ERROR],
  ["new URL('http://a', 'nonsense')", TYPE_ERROR],
  ["[URL.canParse('http://a'), URL.canParse('a'), URL.canParse('a', 'http://b')]", [true, false, true]],
  ["[URL.parse('a'), URL.parse('a', 'http://b').href]", [null, "http://b/a"]],
  ["URL.parse('http://a') instanceof URL", true],
  ["JSON.stringify(new URL('http://a'))", '"http://a/"'],
  ["String(new URL('http://a'))", "http://a/"],
  ["const u = new URL('http://a'); u.pathname = 'x y'; u.hash = 'h'; u.port = '8080'; u.protocol = 'https'; return u.href", "https://a:8080/x%20y#h"],
  ["const u = new URL('http://a'); u.port = 'nope'; return u.href", "http://a/"],
  ["const u = new URL('http://a'); u.href = 'nope'; return 1", TYPE_ERROR],
  ["'use strict'; new URL('http://a').origin = 'x'; return 1", TYPE_ERROR],
  ["const u = new URL('http://a'); u.href = 'http://b/?x=1'; return u.searchParams.get('x')", "1"],
  ["Object.getOwnPropertyDescriptor(URL.prototype, 'href').enumerable", true],
  ["URL.prototype.href", TYPE_ERROR],
  ["URL.length", 1],
  ["new URL('http://\\ud800/').href", TYPE_ERROR],
]);

table("URL.searchParams is live", [
  ["const u = new URL('http://a/?x=1'); return u.searchParams === u.searchParams", true],
  ["const u = new URL('http://a/?x=1'); u.searchParams.append('y', 'ä '); return u.href", "http://a/?x=1&y=%C3%A4+"],
  ["const u = new URL('http://a/?x=1'); const p = u.searchParams; u.search = '?z=2'; return [...p]", [["z", "2"]]],
  ["const u = new URL('http://a/?x=1'); u.searchParams.delete('x'); return [u.href, u.search]", ["http://a/", ""]],
  ["const u = new URL('http://a/?b=1&a=2'); u.searchParams.sort(); return u.search", "?a=2&b=1"],
  ["const u = new URL('http://a/?x'); const p = u.searchParams; u.hash = 'q'; p.set('x', '1'); return u.href", "http://a/?x=1#q"],
  ["const u = new URL('http://a/?x=1'); u.searchParams = 5; return u.searchParams instanceof URLSearchParams", true],
  ["const u = new URL('http://a/??x=1'); return [...u.searchParams]", [["?x", "1"]]],
]);

table("URLSearchParams: construction", [
  ["[...new URLSearchParams()]", []],
  ["[...new URLSearchParams('?a=1&b=2&a=3')]", [["a", "1"], ["b", "2"], ["a", "3"]]],
  ["[...new URLSearchParams('??a=1')]", [["?a", "1"]]],
  ["[...new URLSearchParams('a&b=&=c&=&&d==e')]", [["a", ""], ["b", ""], ["", "c"], ["", ""], ["d", "=e"]]],
  ["[...new URLSearchParams('a+b=c%20d%2')]", [["a b", "c d%2"]]],
  ["[...new URLSearchParams('%C3%A4=%ff&%zz=%41')]", [["ä", "\ufffd"], ["%zz", "A"]]],
  ["[...new URLSearchParams('%EF%BB%BFa=1')]", [["\ufeffa", "1"]]],
  ["[...new URLSearchParams({ a: 1, b: 'x y' })]", [["a", "1"], ["b", "x y"]]],
  ["[...new URLSearchParams([['a', 1], ['a', 2]])]", [["a", "1"], ["a", "2"]]],
  ["[...new URLSearchParams(new URLSearchParams('q=1&q=2'))]", [["q", "1"], ["q", "2"]]],
  ["[...new URLSearchParams({ '\\ud835x': '1', 'xx': '2', '\\ud83dx': '3' })]", [["\ufffdx", "3"], ["xx", "2"]]],
  ["[...new URLSearchParams(null)]", [["null", ""]]],
  ["new URLSearchParams([['a']])", TYPE_ERROR],
  ["new URLSearchParams([1])", TYPE_ERROR],
  ["new URLSearchParams({ [Symbol()]: 1 })", TYPE_ERROR],
  ["URLSearchParams('a')", TYPE_ERROR],
]);

table("URLSearchParams: operations", [
  ["const p = new URLSearchParams('a=1&b=2&a=3'); return [p.get('a'), p.getAll('a'), p.get('x'), p.has('b'), p.has('a', '3'), p.has('a', '9'), p.size]", ["1", ["1", "3"], null, true, true, false, 3]],
  ["const p = new URLSearchParams('a=1&b=2&a=3'); p.set('a', 'x'); p.set('n', 'y'); return p.toString()", "a=x&b=2&n=y"],
  ["const p = new URLSearchParams('a=1&b=2&a=3'); p.delete('a', '1'); return p.toString()", "b=2&a=3"],
  ["const p = new URLSearchParams('a=1&b=2&a=3'); p.delete('a'); return p.toString()", "b=2"],
  ["const p = new URLSearchParams('a=1&a=2'); p.delete('a', undefined); return p.size", 0],
  ["new URLSearchParams({ k: '\\u00e4 *-._~!€\\ud83d\\ude00' }).toString()", "k=%C3%A4+*-._%7E%21%E2%82%AC%F0%9F%98%80"],
  ["new URLSearchParams({ k: '\\ud800' }).toString()", "k=%EF%BF%BD"],
  ["const p = new URLSearchParams('z=b&a=b&z=a&a=a'); p.sort(); return p.toString()", "a=b&a=a&z=b&z=a"],
  ["const p = new URLSearchParams('\\ufb03&\\ud83c\\udf08'); p.sort(); return [...p.keys()]", ["\u{1f308}", "\ufb03"]],
  ["new URLSearchParams().append('a')", TYPE_ERROR],
  ["const seen = []; const p = new URLSearchParams('a=1&b=2&c=3'); for (const [k] of p) { seen.push(k); p.delete('b'); } return seen", ["a", "c"]],
  ["const r = []; new URLSearchParams('a=1').forEach((v, k) => r.push(k, v)); return r", ["a", "1"]],
  ["[[...new URLSearchParams('a=1').keys()], [...new URLSearchParams('a=1').values()]]", [["a"], ["1"]]],
  ["Object.prototype.toString.call(new URLSearchParams().keys())", "[object URLSearchParams Iterator]"],
]);
