check("btoa", () => { assertEquals([btoa(""), btoa("a"), btoa("ab"), btoa("abc"), btoa("\xff\0"), btoa(12), btoa(null)], ["", "YQ==", "YWI=", "YWJj", "/wA=", "MTI=", "bnVsbA=="]); assertThrows(() => btoa("\u0100"), "InvalidCharacterError"); assertThrows(() => btoa(), "TypeError") });
check("atob", () => { assertEquals([atob(""), atob("YQ=="), atob("YQ"), atob(" Y W\nJ j "), atob("/wA=")], ["", "a", "a", "abc", "\xff\0"]); for (const bad of ["*", "A", "A===", "=", "YQ=", "YQ==Y", "\u0100"]) assertThrows(() => atob(bad), "InvalidCharacterError") });
check("round trip", () => { let s = ""; for (let i = 0; i < 1000; i++) s += String.fromCharCode(i * 7 % 256); assertEquals(atob(btoa(s)) === s, true) });
check("long strings", () => {
  let s = ""; for (let i = 0; i < 5000; i++) s += String.fromCharCode(i * 7 & 255, i & 255, i * 31 & 255, i >> 4 & 255); const long = s.repeat(60); const text = btoa(long);
  assertEquals(text.length, Math.ceil(long.length / 3) * 4); assert(atob(text) === long, "there and back"); assert(atob(text.replace(/(.{76})/g, "$1\r\n")) === long, "with line ends"); assert(atob(" ".repeat(4e5) + "YQ" + " ".repeat(4e5)) === "a", "blank");
  assertThrows(() => atob(text.slice(0, 300000) + "=" + text.slice(300000)), "InvalidCharacterError"); assertThrows(() => atob("YQ==" + text), "InvalidCharacterError"); assertThrows(() => btoa(long + "\u0100"), "InvalidCharacterError"); assertThrows(() => atob(text + "\u0100"), "InvalidCharacterError");
});
check("strings of two bytes", () => { const two = ("\u0100" + "aé").slice(1); assertEquals([btoa(two), atob(("\u0100" + "YWI=").slice(1))], ["Yek=", "ab"]); assertThrows(() => btoa("\u0100"), "InvalidCharacterError"); assertThrows(() => atob("YW\u0141="), "InvalidCharacterError") });
