//! V8's start, once per process, and the threads that may run JavaScript.
//!
//! On hardware with memory protection keys a thread may touch V8's heaps only if it was created, directly or
//! through its ancestors, by a thread that was created after V8 had started (or by the one that started it). A
//! thread of a runtime that existed before may not, and neither may the threads that it creates. So nothing in
//! this crate runs JavaScript, creates or disposes an isolate on a thread that it finds: [`initialize`] starts
//! V8, then creates the *thread factory*, and every such thread is a child of the factory.

pub(crate) mod foreground_tasks;
mod region;
pub(crate) mod thread_factory;
pub(crate) mod timekeeper;

use std::sync::OnceLock;
use std::sync::mpsc::channel;
use std::{io, thread};

use parking_lot::Mutex;

use crate::memory::reservations;
use crate::memory::type_section::TypeSection;
use crate::native::{NoWasmRoom, WasmRoom, WasmTable};
use crate::platform::foreground_tasks::TaskReceiver;
use crate::platform::thread_factory::ThreadFactory;
use crate::{native, teller};

pub use region::{Region, RegionError};

/// Flags set before V8 starts. They are process-wide.
///
/// `--no-turboshaft-loop-unrolling`: with loop unrolling, V8 15.2's optimising compiler drops the stack check
/// of a loop whose inner initialisation loop was unrolled, and termination cannot end it any more:
/// `let n=0;while(true){let b=new Array(4000);b[0]=n++}` then runs for ever.
///
/// `--no-maglev-build-code-on-background`, `--no-maglev-deopt-data-on-background`, `--no-concurrent-sparkplug`: the
/// lower compilers then allocate on the isolate's own thread only. One of V8's worker threads that needs memory for an isolate waits until that
/// isolate's thread collects garbage; a parked thread never does, and V8 shares its worker threads among all isolates:
/// asynchronous compilation would stand still for everybody.
///
/// `--no-maglev-destroy-on-background`: what such a compilation has allocated on the isolate's thread, some 20 kB, is
/// freed there too. Freed on a worker it would stay in the isolate's account of native memory (see
/// [`HeapState::native_bytes`](crate::HeapState::native_bytes)).
///
/// `--external-memory-max-reasonable-size=0`: otherwise V8 checks that no buffer is larger than 64 GiB, and ends the process
/// if one is: `new ArrayBuffer(8, {maxByteLength: 2**36}).resize(2**36)`. The budget of buffers ends such a turn.
pub const V8_FLAGS: &str = "--no-turboshaft-loop-unrolling --no-maglev-build-code-on-background \
                            --no-maglev-deopt-data-on-background --no-maglev-destroy-on-background \
                            --no-concurrent-sparkplug --external-memory-max-reasonable-size=0";

/// Least number of V8's worker threads. They compile and collect; not one of them runs JavaScript. More than the cores
/// ask for, because the optimising compiler may still lose one with an isolate that is out of memory (see [`V8_FLAGS`]).
const MIN_WORKER_THREADS: usize = 4;

/// V8, started.
#[derive(Debug)]
pub struct Platform {
    factory: ThreadFactory,
}

static PLATFORM: OnceLock<Platform> = OnceLock::new();

/// That of the process, from the moment at which it cannot be another any more. Never locked while V8 starts.
static REGION: Mutex<Option<Region>> = Mutex::new(None);

/// Starts V8 with [`V8_FLAGS`] and the full ICU data, in the [`Region`] that is the default, if that has not happened
/// yet, and returns the platform. With glibc, its allocator has two arenas for each core from then on, where the process
/// has not opened more.
///
/// From then on, a fatal error of V8 that has no bearing on security costs a turn its thread and nobody else anything;
/// any other ends the process (see [`on_fatal_error`]).
///
/// # Panics
/// If V8 was started by someone else in this process, or the threads that everything else depends on cannot be created:
/// one that makes threads, one that watches the clock and one that tells of losses.
pub fn initialize() -> &'static Platform {
    PLATFORM.get_or_init(|| {
        let mut region = REGION.lock();
        if region.is_none() {
            let default = Region::default();
            default.apply().expect("ICU's data has the default");
            *region = Some(default);
        }
        drop(region);
        start()
    })
}

/// [`initialize`] for a process that is in this region. The next call may be for the same only.
///
/// # Errors
/// [`RegionError`]; V8 is not started then. That there is data for a locale is not looked at: see
/// [`has_locale`](crate::has_locale).
///
/// # Panics
/// As [`initialize`].
pub fn initialize_in(region: &Region) -> Result<&'static Platform, RegionError> {
    let mut settled = REGION.lock();
    match &*settled {
        Some(settled) if settled != region => return Err(RegionError::Started(settled.clone())),
        Some(_) => {}
        None => {
            region.apply()?;
            *settled = Some(region.clone());
        }
    }
    drop(settled);
    Ok(initialize())
}

fn start() -> Platform {
    v8::V8::set_flags_from_string(V8_FLAGS);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    native::bound_arenas(2 * cores);
    reservations::look_at_system();
    let workers = u32::try_from(cores.max(MIN_WORKER_THREADS)).unwrap_or(u32::MAX);
    let platform = v8::new_custom_platform(workers, false, false, TaskReceiver).make_shared();
    v8::V8::initialize_platform(platform);
    v8::V8::initialize();
    native::install_fatal_error_handlers();
    teller::start().expect("a thread that tells of losses");
    timekeeper::start().expect("a thread that watches the clock");
    let factory = ThreadFactory::start().expect("a thread for V8's thread factory");
    Platform { factory }
}

/// Has `f` called when V8 finds that its memory may be corrupt, before the process is aborted: to write out what a log
/// still holds back. `f` runs on a thread in the middle of V8, and has about a second before the process ends anyway.
/// Only the first call of this function counts.
pub fn on_fatal_error(f: fn()) {
    native::before_abort(f);
}

/// The version of V8, such as `15.2.124.1-rusty`.
pub fn v8_version() -> &'static str {
    v8::V8::get_version()
}

impl Platform {
    /// Runs `run` on a new thread that is allowed to use V8. Returns at once. If no thread can be created, that is tried
    /// again until one can.
    pub fn spawn(&self, name: impl Into<String>, run: impl FnOnce() + Send + 'static) {
        self.factory.spawn(name.into(), run);
    }

    /// Runs `run` on a new thread that is allowed to use V8 and waits for its result.
    ///
    /// # Errors
    /// If the thread panicked, or none could be created for a second.
    pub fn run<R: Send + 'static>(&self, run: impl FnOnce() -> R + Send + 'static) -> io::Result<R> {
        let (sender, result) = channel();
        self.factory.spawn_soon("v8-once".into(), move || {
            let _receiver_waits = sender.send(run());
        });
        result.recv().map_err(|_| io::Error::other("a thread for V8 could not be created, or panicked"))
    }

    /// The types of Wasm that V8 has come to know, in all isolates, since the process began; it forgets none. Waits for a mutex of
    /// V8, for a moment. Once they are [`WasmTable::MOST`] scripts cannot compile Wasm any more.
    pub fn wasm_table(&self) -> WasmTable {
        WasmTable::now()
    }

    /// Makes room for the types of a module that V8 is about to read on this thread. Without it, many modules of many types, read at
    /// the same time, may be more than V8 has room for, which ends the process.
    ///
    /// # Errors
    /// [`NoWasmRoom`]: it must not be read.
    pub fn room_for_wasm(&self, types: &TypeSection) -> Result<WasmRoom, NoWasmRoom> {
        native::reserve_wasm_types(types)
    }
}
