//! A worker's modules in one file, which is loaded without looking for anything and without parsing.
//!
//! ```text
//! MAGIC │ version u32 │ bytes of the rest u64 │ SHA-256 of the rest │ main │ count u32 │ module … │ compiled code or nothing
//! module = name │ kind u8 │ source │ imports: count, (specifier, name) … │ exports: count, name … │ map or nothing
//! ```
//!
//! Numbers are little endian; texts and sources have their length before them. The hash finds damage, not forgery: whoever
//! can write the file decides what the worker does. Nothing in it is believed before it has been counted against what is
//! there, but for the compiled code: that is [`WorkerCode::code_cache`], which has a hash of its own, and which V8 believes.

use exec::{Module, ModuleKind, WorkerCode};
use isolate::IsolateLimits;
use sha2::{Digest, Sha256};

/// The first bytes: no text has them.
const MAGIC: [u8; 8] = *b"\x89RPACK\r\n";

/// The version of the format.
const VERSION: u32 = 2;

/// All before the modules.
const HEADER: usize = MAGIC.len() + 4 + 8 + 32;

/// Modules in a pack.
const MAX_MODULES: u32 = 10_000;

/// Bytes of a pack: all sources, with as much again for maps, twice.
pub(super) const MAX_BYTES: u64 = 4 * IsolateLimits::MAX_SCRIPT as u64;

/// Why bytes are no pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// They begin otherwise.
    #[error("this is no pack of a worker")]
    Magic,
    /// Another program made it.
    #[error("this pack has version {0} of the format, and {VERSION} can be read: pack the worker again")]
    Version(u32),
    /// Bytes are missing, or there are more than it says.
    #[error("the pack is not complete: it has {found} bytes, and should have {expected}")]
    Length {
        /// What is there.
        found: u64,
        /// What it says.
        expected: u64,
    },
    /// Bytes have changed.
    #[error("the pack is damaged")]
    Damaged,
    /// It is whole, and makes no sense.
    #[error("the pack makes no sense: {0}")]
    Content(&'static str),
}

/// The modules as a pack.
///
/// # Errors
/// There is more of something than a pack may have.
pub fn pack(code: &WorkerCode) -> Result<Vec<u8>, PackError> {
    let mut body = Vec::new();
    put(&mut body, code.main().name().as_bytes())?;
    put_count(&mut body, code.modules().len())?;
    for module in code.modules() {
        put(&mut body, module.name().as_bytes())?;
        body.push(tag_of(module.kind()).ok_or(PackError::Content("a module of an unknown kind"))?);
        put(&mut body, module.source().as_bytes())?;
        put_count(&mut body, module.imports().count())?;
        for (specifier, name) in module.imports() {
            put(&mut body, specifier.as_bytes())?;
            put(&mut body, name.as_bytes())?;
        }
        put_count(&mut body, module.exports().count())?;
        for name in module.exports() {
            put(&mut body, name.as_bytes())?;
        }
        put(&mut body, module.map().map_or(&[], |map| map.as_bytes()))?;
    }
    put(&mut body, code.code_cache().map_or(&[], |compiled| compiled))?;
    let mut pack = Vec::with_capacity(HEADER + body.len());
    pack.extend(MAGIC);
    pack.extend(VERSION.to_le_bytes());
    pack.extend((body.len() as u64).to_le_bytes());
    pack.extend(Sha256::digest(&body));
    pack.extend(body);
    // What cannot be read again is not written.
    unpack(&pack)?;
    Ok(pack)
}

/// The modules of a pack.
///
/// # Errors
/// It is none, or not as it was written.
pub fn unpack(pack: &[u8]) -> Result<WorkerCode, PackError> {
    let rest = pack.strip_prefix(&MAGIC).ok_or(PackError::Magic)?;
    let mut header = Reader(rest);
    let incomplete = PackError::Length { found: pack.len() as u64, expected: HEADER as u64 };
    let version = header.number().map_err(|_| incomplete)?;
    if version != VERSION {
        return Err(PackError::Version(version));
    }
    let length = header.take(8).map_err(|_| incomplete)?;
    let expected = u64::from_le_bytes(length.try_into().map_err(|_| incomplete)?);
    let hash = header.take(32).map_err(|_| incomplete)?;
    let Reader(body) = header;
    if body.len() as u64 != expected {
        let expected = expected.saturating_add(HEADER as u64);
        return Err(PackError::Length { found: pack.len() as u64, expected });
    }
    if Sha256::digest(body).as_slice() != hash {
        return Err(PackError::Damaged);
    }
    Reader(body).code()
}

fn put(body: &mut Vec<u8>, bytes: &[u8]) -> Result<(), PackError> {
    put_count(body, bytes.len())?;
    body.extend(bytes);
    Ok(())
}

fn put_count(body: &mut Vec<u8>, count: usize) -> Result<(), PackError> {
    let count = u32::try_from(count).map_err(|_| PackError::Content("there is too much of it"))?;
    body.extend(count.to_le_bytes());
    Ok(())
}

/// What is left to be read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], PackError> {
        let (taken, rest) =
            self.0.split_at_checked(length).ok_or(PackError::Content("something has no end"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, PackError> {
        let bytes = self.take(4)?.try_into().map_err(|_| PackError::Content("something has no end"))?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn bytes(&mut self) -> Result<&'a [u8], PackError> {
        let length = self.number()?;
        self.take(length as usize)
    }

    fn text(&mut self) -> Result<&'a str, PackError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| PackError::Content("a text is not UTF-8"))
    }

    fn code(mut self) -> Result<WorkerCode, PackError> {
        let main = self.text()?;
        let count = self.number()?;
        if count > MAX_MODULES {
            return Err(PackError::Content("it has too many modules"));
        }
        let mut code: Option<WorkerCode> = None;
        let mut modules: Vec<Module> = Vec::new();
        for _ in 0..count {
            let module = self.module()?;
            if module.name() == main && code.is_none() {
                code = Some(WorkerCode::new(module));
            } else if module.name() == main || modules.last().is_some_and(|last| last.name() >= module.name())
            {
                return Err(PackError::Content("its modules are in no order"));
            } else {
                modules.push(module);
            }
        }
        let compiled = self.bytes()?;
        if !self.0.is_empty() {
            return Err(PackError::Content("something is behind its end"));
        }
        let code = code.ok_or(PackError::Content("it has no main module"))?.with_modules(modules);
        if code.source_bytes() > IsolateLimits::MAX_SCRIPT {
            return Err(PackError::Content("its modules are too large"));
        }
        Ok(if compiled.is_empty() { code } else { code.with_code_cache(compiled.to_vec()) })
    }

    fn module(&mut self) -> Result<Module, PackError> {
        let name = self.text()?;
        let kind = kind_of(self.take(1)?[0]).ok_or(PackError::Content("a module of an unknown kind"))?;
        let source = self.bytes()?.to_vec();
        let module = Module::from_bytes(name, kind, source);
        let mut module = module.map_err(|_| PackError::Content("a text is not UTF-8"))?;
        for _ in 0..self.number()? {
            module = module.with_import(self.text()?, self.text()?);
        }
        let exports = (0..self.number()?).map(|_| self.text()).collect::<Result<Vec<_>, _>>()?;
        module = module.with_exports(exports);
        match self.text()? {
            "" => Ok(module),
            map => Ok(module.with_map(map)),
        }
    }
}

fn tag_of(kind: ModuleKind) -> Option<u8> {
    Some(match kind {
        ModuleKind::Esm => 0,
        ModuleKind::Detected => 1,
        ModuleKind::CommonJs => 2,
        ModuleKind::Json => 3,
        ModuleKind::Text => 4,
        ModuleKind::Bytes => 5,
        ModuleKind::Wasm => 6,
        _ => return None,
    })
}

fn kind_of(tag: u8) -> Option<ModuleKind> {
    Some(match tag {
        0 => ModuleKind::Esm,
        1 => ModuleKind::Detected,
        2 => ModuleKind::CommonJs,
        3 => ModuleKind::Json,
        4 => ModuleKind::Text,
        5 => ModuleKind::Bytes,
        6 => ModuleKind::Wasm,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use exec::Script;

    use super::*;

    fn code() -> WorkerCode {
        let main = Module::esm("src/main.ts", "import './a.cjs'; export default {}");
        WorkerCode::new(main.with_import("./a.cjs", "src/a.cjs").with_map("{}")).with_modules([
            Module::common_js("src/a.cjs", "exports.a = 1").with_exports(["a"]),
            Module::wasm("z.wasm", &b"\0asm\xff"[..]),
            Module::json("b.json", "1"),
            Module::text("c.txt", ""),
            Module::bytes("d.bin", &b"\xff"[..]),
            Module::detected("e.js", "x"),
        ])
    }

    /// A pack of this body, whole.
    fn of(body: &[u8]) -> Vec<u8> {
        let length = (body.len() as u64).to_le_bytes();
        [&MAGIC[..], &VERSION.to_le_bytes(), &length, &Sha256::digest(body), body].concat()
    }

    #[test]
    fn what_was_packed_is_unpacked() {
        let (before, after) = (code(), unpack(&pack(&code()).unwrap()).unwrap());
        assert_eq!(after.main().name(), "src/main.ts");
        let fingerprint = |code: &WorkerCode| Script::from_code(code.clone()).fingerprint();
        assert_eq!(fingerprint(&after), fingerprint(&before));
        let maps = |code: &WorkerCode| code.modules().iter().map(|m| m.map().cloned()).collect::<Vec<_>>();
        assert_eq!(maps(&after), maps(&before));
        assert_eq!(after.code_cache(), None);
        let compiled = before.with_code_cache(&b"compiled"[..]);
        let after = unpack(&pack(&compiled).unwrap()).unwrap();
        assert_eq!(after.code_cache(), compiled.code_cache());
    }

    #[test]
    fn every_part_and_every_changed_byte_is_refused() {
        let whole = pack(&code()).unwrap();
        for length in 0..whole.len() {
            let error = unpack(&whole[..length]).unwrap_err();
            assert!(matches!(error, PackError::Magic | PackError::Length { .. }), "{length}: {error}");
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert!(unpack(&changed).is_err(), "{at}");
        }
        assert!(matches!(unpack(&[&whole[..], b"x"].concat()), Err(PackError::Length { .. })));
        let mut newer = whole;
        newer[MAGIC.len()] = 3;
        assert_eq!(unpack(&newer).unwrap_err(), PackError::Version(3));
    }

    #[test]
    fn what_is_whole_is_not_believed() {
        let text = |text: &str| [&(text.len() as u32).to_le_bytes(), text.as_bytes()].concat();
        let number = |number: u32| number.to_le_bytes().to_vec();
        let module = |name: &str| [text(name), vec![0], text("x"), number(0), number(0), number(0)].concat();
        let content = |body: &[Vec<u8>]| unpack(&of(&body.concat())).map(|code| code.modules().len());
        assert_eq!(content(&[text("a"), number(2), module("a"), module("b"), number(0)]), Ok(2));
        for body in [
            vec![],
            vec![text("a")],
            vec![text("a"), number(0)],
            vec![text("a"), number(u32::MAX)],
            vec![number(u32::MAX)],
            vec![text("b"), number(1), module("a")],
            vec![text("a"), number(2), module("a"), module("a")],
            vec![text("a"), number(3), module("a"), module("c"), module("b")],
            vec![text("a"), number(1), module("a")],
            vec![text("a"), number(1), module("a"), number(0), vec![0]],
            vec![text("a"), number(1), module("a"), number(2), vec![0]],
            vec![text("a"), number(1), text("a"), vec![9], text("x"), number(0), number(0), number(0)],
            vec![text("a"), number(1), text("a"), vec![0], text("x"), number(u32::MAX)],
            vec![text("a"), number(1), text("a"), vec![0], text("x"), number(0), number(u32::MAX)],
            vec![
                text("a"),
                number(1),
                text("a"),
                vec![0],
                number(1),
                vec![0xff],
                number(0),
                number(0),
                number(0),
            ],
        ] {
            assert!(matches!(content(&body), Err(PackError::Content(_))), "{body:?}");
        }
    }
}
