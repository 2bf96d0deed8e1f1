//! The modules of a context: those of the worker's code that it has compiled so far.
//!
//! V8 calls back with nothing but a module, and gives it a hash that others may have too. So there is a map for each
//! context, owned by its realm; the isolate knows those that are alive.
//!
//! The mutex of a map is held for a look-up or an insertion, never while V8 is called to run anything. Nobody waits for
//! it: whoever uses a map has the isolate's lock.

use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use crate::isolate_state::IsolateState;
use crate::isolate_state::blank_realm::{BlankRealm, call};
use crate::isolate_state::compiled::{CachedSource, CompiledCode};
use crate::vocabulary::built_in::BuiltInId;
use crate::vocabulary::code_cache::{CodeCache, CodeForm};
use crate::vocabulary::module::{Module, ModuleKind};
use crate::vocabulary::script::Script;

/// A module as it is imported: data may be imported as text or bytes too, and is another module then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// Its place in the worker's code.
    pub(crate) index: u32,
    /// What it is imported as; never [`ModuleKind::Detected`].
    pub(crate) kind: ModuleKind,
}

/// What a specifier means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    /// A module of the worker's code.
    Own(Key),
    BuiltIn(BuiltInId),
}

/// See the [module](self) documentation.
pub(crate) struct ModuleMap {
    script: Script,
    context: v8::Global<v8::Context>,
    /// What evaluates built-in modules.
    built_in: v8::Global<v8::Function>,
    /// The entry point of the bootstrap that makes the `stack` of an error.
    prepare_stack: v8::Global<v8::Function>,
    code: CompiledCode,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    instances: FxHashMap<Key, Instance>,
    built_ins: FxHashMap<BuiltInId, v8::Global<v8::Module>>,
    by_hash: FxHashMap<i32, Vec<Key>>,
    /// The `module` objects of CommonJS modules whose evaluation has begun.
    common_js: FxHashMap<u32, v8::Global<v8::Object>>,
    /// Calls of `import()` that have not come to their end, by number. Each has a promise in the heap, which bounds them.
    imports: FxHashMap<u64, Import>,
    next_import: u64,
}

/// A call of `import()`.
#[derive(Clone)]
pub(crate) struct Import {
    pub(crate) target: Target,
    pub(crate) resolver: v8::Global<v8::PromiseResolver>,
}

struct Instance {
    module: v8::Global<v8::Module>,
    /// The default export of one whose value is known before its evaluation.
    value: Option<v8::Global<v8::Value>>,
}

impl ModuleMap {
    /// An empty one for `realm`, in which `script` is evaluated; the isolate knows it from now on.
    pub(crate) fn new(
        isolate: &mut v8::Isolate,
        realm: &BlankRealm,
        script: Script,
        cache: Option<CodeCache>,
    ) -> Arc<Self> {
        let entry_points = &realm.entry_points;
        let (built_in, prepare_stack) = (entry_points.built_in.clone(), entry_points.prepare_stack.clone());
        let (context, inner) = (realm.context.clone(), Mutex::default());
        let code = CompiledCode::new(cache);
        let map = Arc::new(Self { script, context, built_in, prepare_stack, code, inner });
        let maps = &mut IsolateState::of(isolate).module_maps;
        maps.retain(|map| map.strong_count() > 0);
        maps.push(Arc::downgrade(&map));
        map
    }

    /// That of the context that code runs in; `None` if its realm is gone, and only code that it left behind runs.
    pub(crate) fn current(scope: &mut v8::PinScope<'_, '_>) -> Option<Arc<Self>> {
        let context = scope.get_current_context();
        let maps = &IsolateState::of(scope).module_maps;
        maps.iter().filter_map(Weak::upgrade).find(|map| map.context == context)
    }

    /// Calls `stacks.prepare` of the bootstrap.
    pub(crate) fn prepare_stack<'s>(&self, scope: &v8::PinScope<'s, '_>) -> v8::Local<'s, v8::Function> {
        v8::Local::new(scope, &self.prepare_stack)
    }

    pub(crate) fn script(&self) -> &Script {
        &self.script
    }

    /// What V8 has compiled of them.
    pub(crate) fn code(&self) -> &CompiledCode {
        &self.code
    }

    /// The module of the worker's code.
    pub(crate) fn source_of(&self, key: Key) -> &Module {
        &self.script.code().modules()[key.index as usize]
    }

    pub(crate) fn main(&self) -> Key {
        self.own_key(self.script.code().main_index())
    }

    /// The module at `index`, as what it is.
    pub(crate) fn own_key(&self, index: usize) -> Key {
        let kind = match self.script.code().modules()[index].kind() {
            ModuleKind::Detected => ModuleKind::Esm,
            kind => kind,
        };
        Key { index: u32::try_from(index).unwrap_or(u32::MAX), kind }
    }

    /// The source of the module, and what the code cache has of it.
    pub(crate) fn cached(&self, key: Key, form: CodeForm) -> CachedSource<'_> {
        let index = key.index as usize;
        let bytes = self.source_of(key).source().as_bytes().len();
        self.code.source(self.script.digest_of(index), form, bytes)
    }

    /// Whether the module was compiled as this before, and has an entry of the code cache.
    pub(crate) fn has_code(&self, key: Key, form: CodeForm) -> bool {
        self.code.has(self.script.digest_of(key.index as usize), form)
    }

    /// What stacks call the module.
    pub(crate) fn file_of(&self, key: Key) -> &str {
        let module = self.source_of(key);
        if key.index == self.main().index { self.script.name() } else { module.name() }
    }

    /// The module that stacks call `file`; the main one if there is none.
    pub(crate) fn of_file(&self, file: &str) -> Key {
        let code = self.script.code();
        match code.position(file) {
            Ok(index) if file != self.script.name() => self.own_key(index),
            _ => self.main(),
        }
    }

    /// `module` has been compiled for `key`; `value` is its default export, if that is known already.
    pub(crate) fn insert<'s>(
        &self,
        scope: &v8::PinScope<'s, '_>,
        key: Key,
        module: v8::Local<'s, v8::Module>,
        value: Option<v8::Local<'s, v8::Value>>,
    ) {
        let instance = Instance {
            module: v8::Global::new(scope, module),
            value: value.map(|value| v8::Global::new(scope, value)),
        };
        let mut inner = self.inner.lock();
        inner.by_hash.entry(module.get_identity_hash().get()).or_default().push(key);
        inner.instances.insert(key, instance);
    }

    /// The module turned out to be none.
    pub(crate) fn remove(&self, key: Key) {
        let mut inner = self.inner.lock();
        inner.instances.remove(&key);
        inner.by_hash.values_mut().for_each(|keys| keys.retain(|other| *other != key));
        drop(inner);
        self.code.forget(self.script.digest_of(key.index as usize));
    }

    pub(crate) fn get<'s>(
        &self,
        scope: &v8::PinScope<'s, '_>,
        key: Key,
    ) -> Option<v8::Local<'s, v8::Module>> {
        let inner = self.inner.lock();
        inner.instances.get(&key).map(|instance| v8::Local::new(scope, &instance.module))
    }

    pub(crate) fn value_of<'s>(
        &self,
        scope: &v8::PinScope<'s, '_>,
        key: Key,
    ) -> Option<v8::Local<'s, v8::Value>> {
        let inner = self.inner.lock();
        inner.instances.get(&key)?.value.as_ref().map(|value| v8::Local::new(scope, value))
    }

    /// What `module` is.
    pub(crate) fn find(&self, module: v8::Local<'_, v8::Module>) -> Option<Key> {
        let inner = self.inner.lock();
        let keys = inner.by_hash.get(&module.get_identity_hash().get())?;
        keys.iter()
            .copied()
            .find(|key| inner.instances.get(key).is_some_and(|instance| instance.module == module))
    }

    /// The exports of a built-in module, which is evaluated unless it was. `None` with an exception pending.
    pub(crate) fn built_in_exports<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        id: BuiltInId,
    ) -> Option<v8::Local<'s, v8::Value>> {
        let name = v8::String::new(scope, id.get().name)?;
        call(scope, &self.built_in, &[name.into()])
    }

    /// `module` has been made for a built-in module.
    pub(crate) fn insert_built_in(
        &self,
        scope: &v8::PinScope<'_, '_>,
        id: BuiltInId,
        module: v8::Local<'_, v8::Module>,
    ) {
        self.inner.lock().built_ins.insert(id, v8::Global::new(scope, module));
    }

    pub(crate) fn get_built_in<'s>(
        &self,
        scope: &v8::PinScope<'s, '_>,
        id: BuiltInId,
    ) -> Option<v8::Local<'s, v8::Module>> {
        self.inner.lock().built_ins.get(&id).map(|module| v8::Local::new(scope, module))
    }

    /// The module of a target that has been compiled.
    pub(crate) fn get_target<'s>(
        &self,
        scope: &v8::PinScope<'s, '_>,
        target: Target,
    ) -> Option<v8::Local<'s, v8::Module>> {
        match target {
            Target::Own(key) => self.get(scope, key),
            Target::BuiltIn(id) => self.get_built_in(scope, id),
        }
    }

    /// Which built-in module `module` is.
    pub(crate) fn find_built_in(&self, module: v8::Local<'_, v8::Module>) -> Option<BuiltInId> {
        let inner = self.inner.lock();
        inner.built_ins.iter().find(|(_, built_in)| **built_in == module).map(|(id, _)| *id)
    }

    /// The `module` object of a CommonJS module whose evaluation has begun.
    pub(crate) fn common_js<'s>(
        &self,
        scope: &v8::PinScope<'s, '_>,
        key: Key,
    ) -> Option<v8::Local<'s, v8::Object>> {
        self.inner.lock().common_js.get(&key.index).map(|object| v8::Local::new(scope, object))
    }

    /// The evaluation of a CommonJS module begins with this object; or it has failed, and begins anew when it is asked
    /// for again.
    pub(crate) fn set_common_js(
        &self,
        scope: &v8::PinScope<'_, '_>,
        key: Key,
        object: Option<v8::Local<'_, v8::Object>>,
    ) {
        let object = object.map(|object| v8::Global::new(scope, object));
        let mut inner = self.inner.lock();
        match object {
            Some(object) => inner.common_js.insert(key.index, object),
            None => inner.common_js.remove(&key.index),
        };
    }

    /// A call of `import()` begins; returns its number.
    pub(crate) fn begin_import(&self, import: Import) -> u64 {
        let mut inner = self.inner.lock();
        let number = inner.next_import;
        inner.next_import += 1;
        inner.imports.insert(number, import);
        number
    }

    /// The call of `import()` with this number.
    pub(crate) fn import(&self, number: u64) -> Option<Import> {
        self.inner.lock().imports.get(&number).cloned()
    }

    /// It ends.
    pub(crate) fn end_import(&self, number: u64) -> Option<Import> {
        self.inner.lock().imports.remove(&number)
    }
}
