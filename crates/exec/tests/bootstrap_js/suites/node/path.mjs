import { sameAsNode, sameNames } from "../../node_module.mjs";

const PATHS = [
  "", ".", "..", "/", "//", "///", "a", "a/", "/a", "/a/", "a/b", "/a/b", "/a/b/", "./a", "../a", "a/../..",
  "/a/../..", "a//b", "/a/./b/../c", "..//..//x", ".a", "a.", "a.b", "a.b.c", "a..", "...", "/.a/b.c/", "a/.b.c",
  "\\\\srv\\share", "\\\\srv\\share\\x\\..", "C:", "C:\\", "C:a", "c:/a/b.txt", "C:\\a\\..\\..", "\\a\\b", "a\\b",
  "//srv/share/dir", "\\\\.\\pipe", "C:\\a\\b\\", "a:b", "file.js/", "/x/file.min.js",
];
const each = (f) => `${JSON.stringify(PATHS)}.map((p) => ${f})`;
const KINDS = ["posix", "win32"];

sameNames("path");
for (const kind of KINDS) {
  sameAsNode(`path.${kind}`, "path", [
    each(`m.${kind}.normalize(p)`),
    each(`m.${kind}.basename(p)`),
    `${JSON.stringify(PATHS.filter((p) => !/^(C:)?[/\\]+$/.test(p)))}.map((p) => [m.${kind}.basename(p, '.js'), m.${kind}.basename(p, 'a'), m.${kind}.basename(p, '')])`,
    each(`m.${kind}.extname(p)`),
    each(`m.${kind}.isAbsolute(p)`),
    each(`[m.${kind}.join(p, 'x'), m.${kind}.join('x', p), m.${kind}.join('/', p), m.${kind}.join(p, '..', p)]`),
    `[m.${kind}.join(), m.${kind}.join(''), m.${kind}.join('', 'a', ''), m.${kind}.sep, m.${kind}.delimiter]`,
    `m.${kind}.join(1)`, `m.${kind}.basename('a', 1)`, `m.${kind}.dirname()`, `m.${kind}.format('x')`,
    `[m.${kind}.format({ dir: '/a', base: 'b' }), m.${kind}.format({ root: '/', name: 'b', ext: 'c' }), m.${kind}.format({})]`,
    `[m.${kind}.posix === m.posix, m.${kind}.win32 === m.win32]`,
  ]);
}
sameAsNode("path.posix alone", "path", [
  each("m.posix.dirname(p)"),
  each("m.posix.parse(p)"),
  each("m.posix.resolve('/x', p)"),
  `${JSON.stringify(PATHS)}.flatMap((p) => ${JSON.stringify(PATHS)}.map((q) => m.posix.relative('/' + p, '/' + q)))`,
  ["m.resolve()", "/"], ["m.resolve('a', '../b')", "/b"], ["m === m.posix", true],
  ["['a/b.js', 'a/b/c.js', 'b.js'].map((p) => m.matchesGlob(p, 'a/**/*.js'))", [true, true, false]],
  ["['a.ts', 'a.js', 'b/a.js', 'a.json'].map((p) => m.matchesGlob(p, '*.{js,ts}'))", [true, true, false, false]],
]);
sameAsNode("path.win32 alone", "path", [
  "['C:\\\\a\\\\b.c', 'C:/', '\\\\\\\\srv\\\\share\\\\x\\\\y.z', 'a\\\\b', '\\\\a'].map((p) => [m.win32.dirname(p), m.win32.parse(p)])",
  "[['C:\\\\a', '..', 'b'], ['C:/x', 'D:y', 'z'], ['C:\\\\', '\\\\\\\\srv\\\\share', '..']].map((p) => m.win32.resolve(...p).replace(/^D:.*/, 'D:'))",
  "[m.win32.relative('C:\\\\a\\\\b', 'C:\\\\A\\\\c'), m.win32.relative('C:\\\\a', 'D:\\\\b'), m.win32.toNamespacedPath('C:\\\\a\\\\..\\\\b')]",
]);

sameAsNode("long paths", "path", ["m.relative('/a'.repeat(40000), '/a'.repeat(39999) + '/b')", "m.win32.relative('C:' + '\\\\a'.repeat(40000), 'C:' + '\\\\a'.repeat(39999) + '\\\\b')"]);
sameAsNode("names that are suffixes, and paths without names", "path", ["posix", "win32"].flatMap((kind) => [
  `['', '/', '//', '///', 'a', '/a', 'a/', 'a.b', 'x/a.b//', '\\\\\\\\', 'c:', 'c:.x\\\\', 'b/a'].flatMap((p) => ['', 'a', '.b', 'a.b', '/', '//', 'xa', '.x', 'C:.x', 'b/a', '\\\\'].map((suffix) => m.${kind}.basename(p, suffix)))`,
  `[':', '/', '.', 'a', '//./a', '//s/n', '//s/n/', '//s/n/x', '\\\\\\\\.\\\\a'].map((p) => [m.${kind}.normalize(p), m.${kind}.dirname(p)])`,
]));
