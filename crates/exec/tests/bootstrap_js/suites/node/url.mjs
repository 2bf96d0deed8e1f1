import { sameAsNode, sameNames } from "../../node_module.mjs";

sameNames("url");

const URLS = [
  "http://user:pass@sub.example.com:8080/p/a/t/h?query=string&a=1#hash", "http://example.com", "HTTP://EXAMPLE.com/", "/a/b?c=d#e", "/a b", "a/b", "", "?x=1", "#h", "//host/path", "mailto:a@b.c", "javascript:alert('x y')", "http://a.com/\\b?c\\d", "http://h:/p",
  "file:///etc/passwd", "file://host/x", "http://[::1]:80/x", "  http://x.y/ ", "http://x.y?a=b", "http://x.y#z", "http://x/ ü", "https://a@b@c/d", "data:text/plain,hi", "xmpp:user@host/res", "http://a.b/c{d}|e", "HtTp:foo", "coap:u:p@::1:61616/.well-known/r?n=T", "git+http://user:pass@h/p", "http://mt0.google.com/vt/lyrs=m@114?x",
];
const each = (f) => `${JSON.stringify(URLS)}.map((u) => ${f})`;

sameAsNode("url.parse and format", "url", [
  ...URLS.map((url) => `Object.entries(m.parse(${JSON.stringify(url)})).map(([k, v]) => k + '=' + v)`), each("m.format(m.parse(u))"), "m.parse('/a?b=c&b=d', true).query", "m.parse('//h/p', false, true).host", "m.parse(1)",
  "[m.format({ protocol: 'http', host: 'a:1', pathname: 'x', query: { a: [1, 2] }, hash: 'z' }), m.format({ hostname: '::1', port: 80, protocol: 'http:' }), m.format({ pathname: '/a?b#c', search: 'x#y' }), m.format('http://a b/')]",
  "[m.format(new URL('http://u:p@xn--espaol-zwa.com/p?q#h'), { auth: false, fragment: false, search: false, unicode: true }), m.format(new URL('http://a/'))]", "m.format(1)", "m.parse('http://a.b/c') instanceof m.Url",
]);
const RELATIVE = ["", "g", "./g", "g/", "/g", "?y", "g?y", "#s", "..", "../", "../g", "../../g", "../../../g", ".", "./", "//h/x", "http://o/p", "g/./h", "g/../h", "/./g", "/../g", "mailto:x@y"];
sameAsNode("url.resolve", "url", [
  ...["http://a/b/c/d?q", "http://a", "/one/two/three", "http://u:p@h:1/x/", "a/b", ""].map((base) => `${JSON.stringify(RELATIVE)}.map((r) => m.resolve(${JSON.stringify(base)}, r))`),
]);
sameAsNode("paths of files and domains", "url", [
  "['file:///a/b%20c', 'file:///%E2%82%AC', 'file:///'].map((u) => [m.fileURLToPath(u), m.fileURLToPath(new URL(u))])", "m.fileURLToPath('http://x/')", "m.fileURLToPath('file://host/x')", "m.fileURLToPath('file:///a%2fb')", "m.fileURLToPath(1)",
  "['/a b', '/a#b?c%', '/x/', '/\\u20ac', '/a\\\\b', '/n\\nl'].map((p) => m.pathToFileURL(p).href)", "m.pathToFileURL(1)", ["[m.fileURLToPath('file:///C:/a/b', { windows: true }), m.pathToFileURL('C:\\a b', { windows: true }).href]", ["C:\\a\\b", "file:///C:/a%20b"]],
  "[m.domainToASCII('espa\\u00f1ol.com'), m.domainToASCII('xn--i\\u00f1valid.com'), m.domainToUnicode('xn--espaol-zwa.com'), m.domainToASCII('')]",
  "Object.entries(m.urlToHttpOptions(new URL('https://a:b@t.com:8/p?q=1#h'))).filter(([k]) => typeof k === 'string').map(([k, v]) => k + '=' + v)", "[m.URL === URL, m.URLSearchParams === URLSearchParams]",
]);

// Each part with each other.
const BEFORE = ["http:", "HTTPS:", "file:", "mailto:", "javascript:", "foo:", "", "x.y+1:"];
const HOSTS = ["//a.com", "//u:p@A.b:80", "/\\\\\\\\x", "//", "///a", "", "//[::1]:8", "//a b", "//a'b:1", "//\u00fc.de", "//a:b:1", "//a@b@c", "//[a", "//-x_y*"];
const BEHIND = ["", "/", "/a b/../c?d e#f g", "/\"<>`{}|^'\\\\?'#'", "?x=1", "#h?x", "a/b", "/a/./b/..", "/%41;b:@", " "];
sameAsNode("url.parse, part by part", "url", BEFORE.flatMap((scheme) => HOSTS.map((host) =>
  `${JSON.stringify(BEHIND)}.map((rest) => ['', true, false].map((query) => { try { return Object.entries(m.parse(${JSON.stringify(scheme + host)} + rest, query === true, query === '')).map(([k, v]) => k + '=' + (typeof v === 'object' ? JSON.stringify(v) : v)).join(' ') } catch (e) { return [e.code, e.message] } }))`)));
const BASES = ["http://a/b/c?d#e", "http://u:p@h:1/x/", "mailto:a@b", "mailto:/a/b", "foo:bar/baz", "foo://h/x", "//h/p", "/a/b", "", "file:///a/b", "javascript:x"];
const LINKS = ["", ".", "..", "../..", "./", "../../../g", "g;x", "?y", "#s", "//g", "//u@h/p", "/./g", "http:g", "http:", "http:///h/p", "mailto:x@y", "mailto:", "javascript:x", "file:x", "a//b/../c", "@", ":", "a:b", "/", "//"];
sameAsNode("url.resolve, each from each", "url", BASES.map((base) => `${JSON.stringify(LINKS)}.map((link) => { const parts = m.resolveObject(${JSON.stringify(base)}, link); return [m.resolve(${JSON.stringify(base)}, link), ...(typeof parts === 'object' ? Object.values(parts) : [parts])].join(' ') })`));
sameAsNode("characters of paths, hosts and parts", "url", [
  "Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).map((c) => [m.pathToFileURL('/x' + c + 'y').href, m.pathToFileURL('/x' + c).href])", "Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).map((c) => [m.domainToASCII('a' + c + 'b'), m.domainToUnicode('a' + c + 'b')])",
  "m.parse('http://a/', true)", "m.domainToASCII()", "m.domainToUnicode()", "m.fileURLToPath('x')", "m.format(new URL('http://a/'), 1)", "m.format({ protocol: 'http', auth: 'a:b:c@/', hostname: 'h' })", "m.format({ auth: '\\ud800', host: 'h' })",
]);
