// Known answers, through the whole of `crypto.subtle`. RFC 8439 has no algorithm that it has.
const { subtle } = crypto;
const utf8 = (text) => new TextEncoder().encode(text);
const bytes = (hex) => Uint8Array.fromHex(hex);
const hexOf = (buffer) => new Uint8Array(buffer).toHex();
const raw = (key, algorithm, usages) => subtle.importKey("raw", key, algorithm, true, usages);

check("CAVP, SHA short messages", async () => {
  for (const [hash, message, digest] of [
    ["SHA-1", "36", "c1dfd96eea8cc2b62785275bca38ac261256e278"],
    ["SHA-256", "d3", "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1"],
    ["SHA-384", "c5", "b52b72da75d0666379e20f9b4a79c33a329a01f06a2fb7865c9062a28c1de860ba432edfd86b4cb1cb8a75b46076e3b1"],
    ["SHA-512", "21", "3831a6a6155e509dee59a7f451eb35324d8f8f2df6e3708894740f98fdee23889f4de5adb0c5010dfb555cda77c8ab5dc902094c52de3278f35a75ebc25f093a"],
    ["SHA3-256", "e9", "f0d04dd1e6cfc29a4460d521796852f25d9ef8d28b44ee91ff5b759d72c1e6d6"],
  ]) {
    assertEquals(hexOf(await subtle.digest(hash, bytes(message))), digest);
  }
});

check("CAVP, SHA-256 Monte Carlo, count 0", async () => {
  const seed = bytes("6d1e72ad03ddeb5de891e572e2396f8da015d899ef0e79503152d6010a3fe691");
  let last = [seed, seed, seed];
  for (let i = 0; i < 1000; i++) {
    const message = new Uint8Array(96);
    last.forEach((digest, index) => message.set(digest, 32 * index));
    last = [last[1], last[2], new Uint8Array(await subtle.digest("SHA-256", message))];
  }
  assertEquals(hexOf(last[2]), "e93c330ae5447738c8aa85d71a6c80f2a58381d05872d26bdd39f1fcd4f2b788");
});

check("RFC 4231, cases 1 to 4, 6 and 7", async () => {
  const hashes = ["SHA-256", "SHA-384", "SHA-512"];
  for (const [key, data, ...tags] of RFC_4231) {
    for (const [index, hash] of hashes.entries()) {
      const hmac = await raw(bytes(key), { name: "HMAC", hash }, ["sign", "verify"]);
      assertEquals(hexOf(await subtle.sign("HMAC", hmac, bytes(data))), tags[index]);
      assert(await subtle.verify("HMAC", hmac, bytes(tags[index]), bytes(data)));
    }
  }
});

check("SP 800-38A, F.2 and F.5", async () => {
  const plain = bytes("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
  for (const [key, cbc, ctr] of SP_800_38A) {
    const cbcParams = { name: "AES-CBC", iv: bytes("000102030405060708090a0b0c0d0e0f") };
    const cbcKey = await raw(bytes(key), "AES-CBC", ["encrypt", "decrypt"]);
    const encrypted = await subtle.encrypt(cbcParams, cbcKey, plain);
    // A block of padding is behind it.
    assertEquals(hexOf(encrypted.slice(0, 64)), cbc);
    assertEquals(hexOf(await subtle.decrypt(cbcParams, cbcKey, encrypted)), hexOf(plain));
    const ctrParams = { name: "AES-CTR", counter: bytes("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"), length: 128 };
    const ctrKey = await raw(bytes(key), "AES-CTR", ["encrypt", "decrypt"]);
    assertEquals(hexOf(await subtle.encrypt(ctrParams, ctrKey, plain)), ctr);
    assertEquals(hexOf(await subtle.decrypt(ctrParams, ctrKey, bytes(ctr))), hexOf(plain));
  }
});

check("CAVP, GCM", async () => {
  for (const [key, iv, plain, sealed] of [
    ["11754cd72aec309bf52f7687212e8957", "3c819d9a9bed087615030b65", "", "250327c674aaf477aef2675748cf6971"],
    ["7fddb57453c241d03efbed3ac44e371c", "ee283a3fc75575e33efd4887", "d5de42b461646c255c87bd2962d3b9a2", "2ccda4a5415cb91e135c2a0f78c9b2fdb36d1df9b9d5e596f83e8b7f52971cb3"],
    ["b52c505a37d78eda5dd34f20c22540ea1b58963cf8e5bf8ffa85f9f2492505b4", "516c33929df5a3284ff463d7", "", "bdc1ac884d332457a1d2664f168c76f0"],
  ]) {
    const params = { name: "AES-GCM", iv: bytes(iv) };
    const imported = await raw(bytes(key), "AES-GCM", ["encrypt", "decrypt"]);
    assertEquals(hexOf(await subtle.encrypt(params, imported, bytes(plain))), sealed);
    assertEquals(hexOf(await subtle.decrypt(params, imported, bytes(sealed))), plain);
  }
});

check("RFC 3394, 4.1 to 4.6", async () => {
  const key = "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f";
  for (const [kekBits, keyBits, wrapped] of [
    [128, 128, "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"],
    [192, 128, "96778b25ae6ca435f92b5b97c050aed2468ab8a17ad84e5d"],
    [256, 128, "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7"],
    [192, 192, "031d33264e15d33268f24ec260743edce1c6c7ddee725a936ba814915c6762d2"],
    [256, 192, "a8f9bc1612c68b3ff6e6f4fbe30e71e4769c8b80a32cb8958cd5d17d6b254da1"],
    [256, 256, "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"],
  ]) {
    const kek = await raw(Uint8Array.from({ length: kekBits / 8 }, (_, index) => index), "AES-KW", ["wrapKey", "unwrapKey"]);
    const inner = await raw(bytes(key.slice(0, keyBits / 4)), "AES-GCM", ["encrypt"]);
    assertEquals(hexOf(await subtle.wrapKey("raw", inner, kek, "AES-KW")), wrapped);
    const unwrapped = await subtle.unwrapKey("raw", bytes(wrapped), kek, "AES-KW", "AES-GCM", true, ["encrypt"]);
    assertEquals(hexOf(await subtle.exportKey("raw", unwrapped)), key.slice(0, keyBits / 4));
  }
});

check("RFC 5869, A.1 to A.7", async () => {
  const from = (first, end) => Uint8Array.from({ length: end - first }, (_, index) => first + index);
  const [none, of22, shortInfo] = [new Uint8Array(0), bytes("0b".repeat(22)), from(0xf0, 0xfa)];
  for (const [hash, ikm, salt, info, okm] of [
    ["SHA-256", of22, from(0, 13), shortInfo, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"],
    ["SHA-256", from(0, 80), from(0x60, 0xb0), from(0xb0, 0x100), "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"],
    ["SHA-256", of22, none, none, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"],
    ["SHA-1", of22.slice(11), from(0, 13), shortInfo, "085a01ea1b10f36933068b56efa5ad81a4f14b822f5b091568a9cdd4f155fda2c22e422478d305f3f896"],
    ["SHA-1", from(0, 80), from(0x60, 0xb0), from(0xb0, 0x100), "0bd770a74d1160f7c9f12cd5912a06ebff6adcae899d92191fe4305673ba2ffe8fa3f1a4e5ad79f3f334b3b202b2173c486ea37ce3d397ed034c7f9dfeb15c5e927336d0441f4c4300e2cff0d0900b52d3b4"],
    ["SHA-1", of22, none, none, "0ac1af7002b3d761d1e55298da9d0506b9ae52057220a306e07b6b87e8df21d0ea00033de03984d34918"],
    // No salt is as many zeros as the digest has bytes.
    ["SHA-1", bytes("0c".repeat(22)), none, none, "2c91117204d745f3500d636a62f64f0ab3bae548aa53d423b0d1f27ebba6f5e5673a081d70cce7acfc48"],
  ]) {
    const key = await subtle.importKey("raw", ikm, "HKDF", false, ["deriveBits"]);
    assertEquals(hexOf(await subtle.deriveBits({ name: "HKDF", hash, salt, info }, key, 4 * okm.length)), okm);
  }
});

// All but the one with 16,777,216 iterations, which are more than are made.
check("RFC 6070; RFC 7914, 11", async () => {
  for (const [hash, password, salt, iterations, derived] of [
    ["SHA-1", "password", "salt", 1, "0c60c80f961f0e71f3a9b524af6012062fe037a6"],
    ["SHA-1", "password", "salt", 2, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"],
    ["SHA-1", "password", "salt", 4096, "4b007901b765489abead49d926f721d065a429c1"],
    ["SHA-1", "passwordPASSWORDpassword", "saltSALTsaltSALTsaltSALTsaltSALTsalt", 4096, "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038"],
    ["SHA-1", "pass\0word", "sa\0lt", 4096, "56fa6aa75548099dcc37d7f03425e0c3"],
    ["SHA-256", "passwd", "salt", 1, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"],
    ["SHA-256", "Password", "NaCl", 80000, "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d"],
  ]) {
    const key = await subtle.importKey("raw", utf8(password), "PBKDF2", false, ["deriveBits"]);
    const params = { name: "PBKDF2", hash, salt: utf8(salt), iterations };
    assertEquals(hexOf(await subtle.deriveBits(params, key, 4 * derived.length)), derived);
  }
});

// A private key in the container of RFC 8410.
const KEYS = { Ed25519: "302e020100300506032b657004220420", X25519: "302e020100300506032b656e04220420", Ed448: "3047020100300506032b6571043b0439", X448: "3046020100300506032b656f043a0438" };
const privateKey = (name, key, usages) => subtle.importKey("pkcs8", bytes(KEYS[name] + key), name, true, usages);

async function agreed(name, scalar, point) {
  const own = await privateKey(name, scalar, ["deriveBits"]);
  const other = await subtle.importKey("raw", bytes(point), name, true, []);
  return hexOf(await subtle.deriveBits({ name, public: other }, own, null));
}

check("RFC 7748, 5.2, 6.1 and 6.2", async () => {
  for (const [name, scalar, point, shared] of [
    ["X25519", "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4", "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c", "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"],
    ["X25519", "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d", "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493", "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"],
    ["X25519", "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb", "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a", "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"],
    ["X448", "3d262fddf9ec8e88495266fea19a34d28882acef045104d0d1aae121700a779c984c24f8cdd78fbff44943eba368f54b29259a4f1c600ad3", "06fce640fa3487bfda5f6cf2d5263f8aad88334cbd07437f020f08f9814dc031ddbdc38c19c6da2583fa5429db94ada18aa7a7fb4ef8a086", "ce3e4ff95a60dc6697da1db1d85e6afbdf79b50a2412d7546d5f239fe14fbaadeb445fc66a01b0779d98223961111e21766282f73dd96b6f"],
    ["X448", "203d494428b8399352665ddca42f9de8fef600908e0d461cb021f8c538345dd77c3e4806e25f46d3315c44e0a5b4371282dd2c8d5be3095f", "0fbcc2f993cd56d3305b0b7d9e55d4c1a8fb5dbb52f8e9a1e9b6201b165d015894e56c4d3570bee52fe205e28a78b91cdfbde71ce8d157db", "884a02576239ff7a2f2f63b2db6a9ff37047ac13568e1e30fe63c4a7ad1b3ee3a5700df34321d62077e63633c575c1c954514e99da7c179d"],
    ["X448", "9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726b", "3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b43027d8b972fc3e34fb4232a13ca706dcb57aec3dae07bdc1c67bf33609", "07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282bb60c0b56fd2464c335543936521c24403085d59a449a5037514a879d"],
  ]) {
    assertEquals(await agreed(name, scalar, point), shared);
  }
  // Iterated, a thousand times and once.
  let [k, u] = ["09".padEnd(64, "0"), "09".padEnd(64, "0")];
  for (let i = 1; i <= 1000; i++) {
    [k, u] = [await agreed("X25519", k, u), k];
    if (i === 1) assertEquals(k, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
  }
  assertEquals(k, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
  const five = "05".padEnd(112, "0");
  assertEquals(await agreed("X448", five, five), "3f482c8a9f19b01e6c46ee9711d9dc14fd4bf67af30765c2ae2b846a4d23a8cd0db897086239492caf350b51f833868b9bc2b3bca9cf4113");
});

check("RFC 8032: 7.1, tests 1 to 3 and SHA(abc); 7.4, without a context", async () => {
  for (const [name, seed, point, message, signature] of [
    ["Ed25519", "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "", "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"],
    ["Ed25519", "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72", "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"],
    ["Ed25519", "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82", "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"],
    ["Ed25519", "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42", "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf", hexOf(await subtle.digest("SHA-512", utf8("abc"))), "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"],
    ["Ed448", "6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b", "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180", "", "533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f2b233f034f628281f2fd7a22ddd47d7828c59bd0a21bfd3980ff0d2028d4b18a9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113a0f4dbb61149f05a7363268c71d95808ff2e652600"],
    ["Ed448", "c4eab05d357007c632f3dbb48489924d552b08fe0c353a0d4a1f00acda2c463afbea67c5e8d2877c5e3bc397a659949ef8021e954e0a12274e", "43ba28f430cdff456ae531545f7ecd0ac834a55d9358c0372bfa0c6c6798c0866aea01eb00742802b8438ea4cb82169c235160627b4c3a9480", "03", "26b8f91727bd62897af15e41eb43c377efb9c610d48f2335cb0bd0087810f4352541b143c4b981b7e18f62de8ccdf633fc1bf037ab7cd779805e0dbcc0aae1cbcee1afb2e027df36bc04dcecbf154336c19f0af7e0a6472905e799f1953d2a0ff3348ab21aa4adafd1d234441cf807c03a00"],
    ["Ed448", "2ec5fe3c17045abdb136a5e6a913e32ab75ae68b53d2fc149b77e504132d37569b7e766ba74a19bd6162343a21c8590aa9cebca9014c636df5", "79756f014dcfe2079f5dd9e718be4171e2ef2486a08f25186f6bff43a9936b9bfe12402b08ae65798a3d81e22e9ec80e7690862ef3d4ed3a00", "15777532b0bdd0d1389f636c5f6b9ba734c90af572877e2d272dd078aa1e567cfa80e12928bb542330e8409f3174504107ecd5efac61ae7504dabe2a602ede89e5cca6257a7c77e27a702b3ae39fc769fc54f2395ae6a1178cab4738e543072fc1c177fe71e92e25bf03e4ecb72f47b64d0465aaea4c7fad372536c8ba516a6039c3c2a39f0e4d832be432dfa9a706a6e5c7e19f397964ca4258002f7c0541b590316dbc5622b6b2a6fe7a4abffd96105eca76ea7b98816af0748c10df048ce012d901015a51f189f3888145c03650aa23ce894c3bd889e030d565071c59f409a9981b51878fd6fc110624dcbcde0bf7a69ccce38fabdf86f3bef6044819de11", "c650ddbb0601c19ca11439e1640dd931f43c518ea5bea70d3dcde5f4191fe53f00cf966546b72bcc7d58be2b9badef28743954e3a44a23f880e8d4f1cfce2d7a61452d26da05896f0a50da66a239a8a188b6d825b3305ad77b73fbac0836ecc60987fd08527c1a8e80d5823e65cafe2a3d00"],
  ]) {
    const signing = await privateKey(name, seed, ["sign"]);
    const publicKey = await raw(bytes(point), name, ["verify"]);
    assertEquals(hexOf(await subtle.sign(name, signing, bytes(message))), signature);
    assert(await subtle.verify(name, publicKey, bytes(signature), bytes(message)));
    assert(!await subtle.verify(name, publicKey, bytes(signature), utf8("another")));
  }
});

check("CAVP, ECC CDH on P-256, count 0", async () => {
  const algorithm = { name: "ECDH", namedCurve: "P-256" };
  const own = await subtle.importKey("pkcs8", bytes("3041020100301306072a8648ce3d020106082a8648ce3d0301070427302502010104207d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534"), algorithm, false, ["deriveBits"]);
  const other = await raw(bytes("04700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac"), algorithm, []);
  assertEquals(hexOf(await subtle.deriveBits({ name: "ECDH", public: other }, own, null)), "46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b");
});

const RFC_4231 = [
  ["0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7", "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6", "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"],
  ["4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649", "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"],
  ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe", "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27", "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"],
  ["0102030405060708090a0b0c0d0e0f10111213141516171819", "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd", "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b", "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679ccf8a386c674cffb", "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3dba91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd"],
  ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374", "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952", "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"],
  ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b2d73697a65206b657920616e642061206c6172676572207468616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6565647320746f20626520686173686564206265666f7265206265696e6720757365642062792074686520484d414320616c676f726974686d2e", "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2", "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110c46523e", "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58"],
];
const SP_800_38A = [
  ["2b7e151628aed2a6abf7158809cf4f3c", "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b273bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7", "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee"],
  ["8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd", "1abc932417521ca24f2b0459fe7e6e0b090339ec0aa6faefd5ccc2c6f4ce8e941e36b26bd1ebc670d1bd1d665620abf74f78a7f6d29809585a97daec58c6b050"],
  ["603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b", "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c52b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6"],
];
