import { sameAsNode, sameNames } from "../../node_module.mjs";

sameNames("querystring");
sameAsNode("querystring.parse", "querystring", [
  "['', 'a', 'a=', '=b', 'a=1&b=2&a=3&a=4', '&&a=1&', 'a=b=c', 'a+b=c+d', '%61=%62%', '%E4=%', 'x=%F0%9F%98%80', 'x=%zz%ff', '__proto__=1', 'a%3D=1'].map((q) => m.parse(q))",
  "m.parse('a:1;b:2', ';', ':')", "m.parse('a==1&&b==2', '&&', '==')", "m.parse('a=1&b=2&c=3', null, null, { maxKeys: 2 })",
  "Object.keys(m.parse(Array.from({ length: 1500 }, (_, i) => i + '=1').join('&'))).length",
  "Object.keys(m.parse(Array.from({ length: 1500 }, (_, i) => i + '=1').join('&'), '&', '=', { maxKeys: 0 })).length",
  "m.parse('a=1', '&', '=', { decodeURIComponent: (s) => s + '!' })",
  "m.parse('a=%', '&', '=', { decodeURIComponent() { throw 1 } })",
  "[m.parse(1), m.parse(null), Object.getPrototypeOf(m.parse('a')) === null]",
]);
sameAsNode("querystring.stringify", "querystring", [
  "m.stringify({ a: 1, b: [1, 'x', null], c: true, d: undefined, e: {}, f: 1n, g: NaN, h: '' })",
  "m.stringify({ 'a b': '\\u00e4&=\\u{1F600}', '!\\'()*-._~': '~' })", "m.stringify({ a: 1, b: 2 }, ';', ':')",
  "[m.stringify('x'), m.stringify(null), m.stringify([1, 2])]",
  "m.stringify({ a: 'b' }, null, null, { encodeURIComponent: (s) => '<' + s + '>' })",
  "[m.escape('a b/\\u20ac'), m.escape({ toString: () => 'x y' }), m.escape(12), m.unescape('%41%20%zz'), m.unescape('\\u20ac%41')]",
  "m.escape('\\ud800')", "m.stringify({ a: 'x\\udc00' })", "[m.decode === m.parse, m.encode === m.stringify]",
]);

sameAsNode("long texts of querystring", "querystring", [
  "m.parse('a=' + 'b+%20'.repeat(50000))", "m.unescape('%e2%82%ac+\\u20ac'.repeat(200000)).length", "m.unescape('%EF%BB%BF'.repeat(200000)) === '\\ufeff'.repeat(200000)", "m.unescapeBuffer('%20+%zz\\u20ac').toString('hex')",
  "m.stringify({ a: new Array(70000).fill('x y') }) === new Array(70000).fill('a=x%20y').join('&')",
]);
sameAsNode("texts that are not well-formed, and what is between fields", "querystring", [
  "['\\ud800', '\\ud800x', '\\udc00x', 'a\\ud800', '\\ud83d\\ude00', '\\ud800\\ud800'].map((text) => { try { return m.escape(text) } catch (e) { return [e.name, e.code, e.message] } })",
  "['\\u00e9%z', '\\u00e9%41%z', '\\u65e5%ff', '%ff+', '%4', '+%z\\u00e9', '\\u65e5'].map((text) => [m.unescape(text), m.parse(text + '=' + text)])",
  "['&&a=1&b=2', 'a=1&&b=2&c=3', '=&a', '&'].map((text) => [1, 2, 3, 0, -1, 1.5, NaN].map((maxKeys) => m.parse(text, null, null, { maxKeys })))",
  "m.parse('=&a=&=b', '&', '=', { decodeURIComponent: (s) => s + '!' })", "Object.keys(m.parse('a=1&b=2', []))", "m.stringify({ '\\ud800': 1 })",
]);
