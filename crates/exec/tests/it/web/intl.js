check("formats", () => {
  assertEquals(new Intl.NumberFormat("de-DE").format(1234567.891), "1.234.567,891"); assertEquals((1234.5).toLocaleString("en-US", { style: "currency", currency: "EUR" }), "\u20ac1,234.50");
  assertEquals(new Intl.DateTimeFormat("ja-JP", { timeZone: "Asia/Tokyo", dateStyle: "long" }).format(0), "1970\u5e741\u67081\u65e5"); assertEquals(new Date(0).toLocaleTimeString("en-GB", { timeZone: "America/New_York" }), "19:00:00");
  assertEquals(["z", "\u00e4", "a"].sort(new Intl.Collator("de").compare), ["a", "\u00e4", "z"]); assertEquals(new Intl.PluralRules("ar").select(3), "few"); assertEquals(new Intl.ListFormat("en").format(["a", "b", "c"]), "a, b, and c");
  assertEquals([...new Intl.Segmenter("th", { granularity: "word" }).segment("\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35\u0e04\u0e23\u0e31\u0e1a")].length, 2); assertEquals("\u0130".toLocaleLowerCase("tr"), "i"); assertEquals("a\u0308".normalize(), "\u00e4"); assert(/\p{Script=Greek}/u.test("\u03b1"));
  assertEquals(new Intl.RelativeTimeFormat("fr").format(-1, "day"), "il y a 1 jour"); assertEquals(new Intl.DisplayNames("es", { type: "region" }).of("DE"), "Alemania"); assert(Intl.supportedValuesOf("timeZone").length > 300);
});
check("defaults", () => assertEquals([new Intl.DateTimeFormat().resolvedOptions().timeZone, new Intl.NumberFormat().resolvedOptions().locale, new Date(0).getTimezoneOffset()], ["UTC", "en-US", 0]));
