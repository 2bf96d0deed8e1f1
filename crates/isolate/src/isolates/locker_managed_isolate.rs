//! One isolate behind its `v8::Locker`, with its limits.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use derive_setters::Setters;

use crate::isolate_id::IsolateId;
use crate::isolates::deferred_destruction_queue::DeferredDestructionQueue;
use crate::isolates::disposal::{self, Disposable};
use crate::isolates::snapshot::Snapshot;
use crate::limits::RuntimeLimits;
use crate::memory::heap::HeapState;
use crate::native::{self, EnteredIsolate, ExternalReferences, Preparation, SharedV8Isolate};
use crate::platform::foreground_tasks::{ForegroundTasks, NewQueue};
use crate::platform::{self, Platform};

/// What a new isolate is made of.
#[derive(Clone, Default, Setters)]
#[setters(prefix = "with_")]
#[non_exhaustive]
pub struct IsolateOptions {
    /// Its limits.
    pub limits: RuntimeLimits,
    /// The startup snapshot; without one the isolate starts from V8's own.
    pub snapshot: Option<Snapshot>,
    /// The functions that contexts of the isolate may call, in the order the snapshot was built with.
    pub external_references: ExternalReferences,
    /// What is done with the new isolate.
    pub prepare: Option<Preparation>,
}

impl fmt::Debug for IsolateOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IsolateOptions")
            .field("limits", &self.limits)
            .field("snapshot", &self.snapshot)
            .field("external_references", &self.external_references)
            .finish_non_exhaustive()
    }
}

/// A V8 isolate that any thread may use, one at a time.
///
/// The only way to what is in the isolate is [`lock`](Self::lock) (or [`with_lock`](Self::with_lock)), whose
/// guard cannot leave its thread. Locking blocks while another thread holds the lock; code that shares an
/// isolate between tasks gives it to a [`TurnIsolate`](crate::TurnIsolate), which never lets a thread wait, and where a
/// turn is the only way to the lock.
///
/// Dereferences to everything that needs no lock. Dropping it disposes the isolate on a background thread.
#[derive(Debug)]
pub struct LockerManagedIsolate {
    managed: ManagedIsolate,
}

/// What there is of a [`LockerManagedIsolate`] for those who do not lock it: identity, limits, accounting.
pub struct ManagedIsolate {
    id: IsolateId,
    isolate: Option<Disposable>,
    platform: &'static Platform,
    limits: RuntimeLimits,
    use_snapshot: bool,
    deferred_destruction_queue: DeferredDestructionQueue,
}

impl LockerManagedIsolate {
    /// Creates an isolate on the calling thread: about a millisecond with a snapshot.
    ///
    /// The thread must be one that may use V8; see [`platform`](crate::platform). V8 parks the calling thread
    /// for ever when the process has no memory for another isolate.
    pub fn new(options: &IsolateOptions) -> Self {
        let platform = platform::initialize();
        let limits = options.limits.normalized();
        let mut params = v8::CreateParams::default()
            .heap_limits(limits.isolate.heap_initial, limits.isolate.heap_max)
            .set_max_young_generation_size_in_bytes(limits.isolate.young_generation())
            .allow_atomics_wait(false)
            .external_references(options.external_references.as_slice().into());
        if let Some(snapshot) = &options.snapshot {
            params = params.snapshot_blob(snapshot.blob().into());
        }
        let queue = NewQueue::new();
        let heap = Arc::new(HeapState::new(&limits.isolate));
        let made = |address| queue.of_isolate_at(address);
        let (isolate, tasks) = SharedV8Isolate::create(params, heap, made, |isolate| {
            if let Some(prepare) = options.prepare {
                prepare.apply(isolate);
            }
        });
        let id = IsolateId::next();
        native::count_for(id, isolate.heap());
        let managed = ManagedIsolate {
            id,
            isolate: Some(Disposable { tasks, isolate }),
            platform,
            limits,
            use_snapshot: options.snapshot.is_some(),
            deferred_destruction_queue: DeferredDestructionQueue::default(),
        };
        Self { managed }
    }

    /// Locks and enters the isolate on this thread, after what waits in the
    /// [`deferred_destruction_queue`](ManagedIsolate::deferred_destruction_queue) has been done.
    ///
    /// Blocks while another thread holds the lock, without bound. Costs 0.1 to 0.6 µs when it is free.
    ///
    /// # Panics
    /// If this thread holds the lock of an isolate already.
    pub fn lock(&self) -> IsolateLock<'_> {
        let inside = self.heap_state().inside_v8();
        let hold = Hold::Locked(self.shared().isolate().lock());
        drop(inside);
        native::set_locked(Some(self.id));
        let mut lock = IsolateLock { hold, isolate: self };
        if !self.deferred_destruction_queue.is_empty() {
            self.deferred_destruction_queue.drain(&mut lock);
        }
        lock
    }

    /// Calls `f` with the locked isolate. As [`lock`](Self::lock).
    pub fn with_lock<R>(&self, f: impl FnOnce(&mut EnteredIsolate) -> R) -> R {
        f(&mut self.lock())
    }

    /// After a memory limit was hit and handled: puts the heap limit back to the configured one, or as near to
    /// it as the live objects allow, and clears the termination.
    ///
    /// # Panics
    /// If `lock` is another isolate's.
    pub fn restore_heap_limit(&self, lock: &mut IsolateLock<'_>) {
        assert_eq!(lock.isolate.id, self.id, "the lock must be of the isolate whose limit is restored");
        lock.inner().cancel_terminate_execution();
        self.shared().restore_heap_limit(lock.inner());
        self.heap_state().clear();
    }
}

impl Deref for LockerManagedIsolate {
    type Target = ManagedIsolate;

    fn deref(&self) -> &ManagedIsolate {
        &self.managed
    }
}

impl ManagedIsolate {
    /// The identity of this isolate.
    pub fn id(&self) -> IsolateId {
        self.id
    }

    /// The platform it runs on.
    pub fn platform(&self) -> &'static Platform {
        self.platform
    }

    /// Its limits, as they are in force.
    pub fn limits(&self) -> &RuntimeLimits {
        &self.limits
    }

    /// Whether it was made from a snapshot.
    pub fn use_snapshot(&self) -> bool {
        self.use_snapshot
    }

    /// Whether a memory limit was hit. The isolate should be given up;
    /// [`restore_heap_limit`](LockerManagedIsolate::restore_heap_limit) is for those who go on with it.
    pub fn memory_limit_hit(&self) -> bool {
        self.heap_state().limit_hit()
    }

    /// Its memory accounting.
    pub fn heap_state(&self) -> &Arc<HeapState> {
        self.shared().heap()
    }

    /// What waits for the lock to be destroyed.
    pub fn deferred_destruction_queue(&self) -> &DeferredDestructionQueue {
        &self.deferred_destruction_queue
    }

    pub(crate) fn foreground_tasks(&self) -> &Arc<ForegroundTasks> {
        self.present().tasks.tasks()
    }

    /// Ends the JavaScript that runs in the isolate now. Needs no lock.
    pub fn terminate_execution(&self) {
        self.shared().isolate().thread_safe_handle().terminate_execution();
    }

    pub(crate) fn request_memory_check(&self) {
        self.shared().request_memory_check();
    }

    pub(crate) fn shared(&self) -> &SharedV8Isolate {
        &self.present().isolate
    }

    fn present(&self) -> &Disposable {
        self.isolate.as_ref().expect("present until drop")
    }
}

impl Drop for ManagedIsolate {
    fn drop(&mut self) {
        if let Some(isolate) = self.isolate.take() {
            native::stop_counting_for(self.id);
            disposal::dispose(isolate);
        }
    }
}

impl fmt::Debug for ManagedIsolate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManagedIsolate")
            .field("id", &self.id)
            .field("limits", &self.limits)
            .field("use_snapshot", &self.use_snapshot)
            .finish_non_exhaustive()
    }
}

/// The lock of a [`LockerManagedIsolate`], held by this thread. Dereferences to the [`EnteredIsolate`].
///
/// Neither `Send` nor `Sync`, and it borrows from its isolate.
pub struct IsolateLock<'a> {
    hold: Hold<'a>,
    isolate: &'a LockerManagedIsolate,
}

/// What a lock has of V8: all, until it is dropped.
enum Hold<'a> {
    Locked(v8::Locker<'a>),
    Released,
}

/// V8 frees with the lock what it has kept for the thread, blocks of handles above all, which it allocated in the turn: so
/// this is a time inside V8 too.
impl Drop for IsolateLock<'_> {
    fn drop(&mut self) {
        let _inside = self.isolate.heap_state().inside_v8();
        self.hold = Hold::Released;
        native::set_locked(None);
    }
}

impl Deref for IsolateLock<'_> {
    type Target = EnteredIsolate;

    fn deref(&self) -> &EnteredIsolate {
        match &self.hold {
            Hold::Locked(locker) => EnteredIsolate::of_ref(locker),
            Hold::Released => unreachable!("locked until dropped"),
        }
    }
}

impl DerefMut for IsolateLock<'_> {
    fn deref_mut(&mut self) -> &mut EnteredIsolate {
        match &mut self.hold {
            Hold::Locked(locker) => EnteredIsolate::of(locker),
            Hold::Released => unreachable!("locked until dropped"),
        }
    }
}
