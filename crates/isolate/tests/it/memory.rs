//! Limits of memory that V8 can keep, and memory that comes back.

use std::fs;
use std::sync::Arc;

use isolate::{Interruption, IsolateThreads, LockerManagedIsolate, Loss, TurnIsolate};

use crate::support::{
    Budget, End, MIB, PATIENCE, block_on, eval, isolate, on_v8_thread, raw, run, start, turn_isolate,
    wait_for,
};

/// Runs `source` on a heap of 64 MiB until it is stopped for its memory.
fn stopped(source: &str) {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    let end = run(&isolate, source, Budget::GENEROUS);
    assert!(end.is_for(Interruption::Memory), "{source}: {end:?}");
    wait_for("the isolate to be condemned", || isolate.condemned() == Some(Loss::Memory));
    let neighbour = turn_isolate(&threads, 64);
    assert_eq!(run(&neighbour, "1", Budget::GENEROUS), End::value("1"));
}

#[test]
fn lesson_15_allocation_without_end_is_stopped() {
    stopped("const a = []; while (true) a.push(new Array(1000).fill(1.5))");
}

#[test]
fn lesson_15_so_are_arrays_of_32_kilobytes() {
    stopped("const a = []; while (true) a.push(new Array(4000).fill(a.length))");
    stopped("const a = []; while (true) { const b = new Array(4096); b[0] = 1; a.push(b) }");
}

#[test]
fn lesson_15_so_are_strings_and_small_objects() {
    stopped("const a = []; let n = 0; while (true) a.push('x'.repeat(1000) + n++ + 'y'.repeat(1000))");
    stopped("const a = []; while (true) a.push({ x: a.length, y: [a.length] })");
    stopped("const m = new Map(); while (true) m.set(m.size, {})");
    stopped("let s = 'a'; const a = []; while (true) a.push([...'abcdefgh'.repeat(1000)].join('-'))");
}

#[test]
fn lesson_15_so_are_microtasks_that_collect() {
    stopped("const a = []; (async () => { while (true) { a.push(new Array(100).fill(0)); await 0 } })()");
}

/// The value of a script on a heap of 64 MiB, which must not be stopped, and what the isolate holds after it.
fn ran(source: &str) -> (Arc<TurnIsolate>, usize) {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    assert_eq!(run(&isolate, source, Budget::GENEROUS), End::value("ok"), "{source}");
    // The turn is looked at after the script has told its end.
    settled(&isolate);
    assert_eq!(isolate.condemned(), None, "{source}");
    let held = isolate.heap_size();
    (isolate, held)
}

/// Waits for the end of the turns before.
fn settled(isolate: &Arc<TurnIsolate>) {
    block_on(isolate.with_lock_async(|_| async {})).unwrap();
}

/// Evaluates `source` in a context that stays.
fn keep(isolate: &Arc<TurnIsolate>, source: &str) -> Result<v8::Global<v8::Context>, Loss> {
    let source = source.to_owned();
    block_on(isolate.with_lock_async(|access| async move {
        access.enter(|isolate| {
            v8::scope!(let scope, raw(isolate));
            let context = v8::Context::new(scope, v8::ContextOptions::default());
            let scope = &mut v8::ContextScope::new(scope, context);
            let source = v8::String::new(scope, &source).unwrap();
            v8::Script::compile(scope, source, None).and_then(|script| script.run(scope));
            v8::Global::new(scope, context)
        })
    }))
}

#[test]
fn lesson_49_one_allocation_does_not_pass_the_limit() {
    stopped("const a = new Array(2 ** 25).fill(0); while (true) {}");
    stopped("const a = new Array(2 ** 24).fill(0.5); (() => a.length)(); while (true) {}");
    stopped("const a = []; a.length = 2 ** 24; a.fill(7); while (true) {}");
    stopped("const a = new Array(1e7).fill(0).map((_, i) => i + 0.5); while (true) {}");
}

#[test]
fn lesson_49_what_a_turn_leaves_above_the_limit_costs_the_isolate() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    let before = resident();
    let kept = keep(&isolate, "globalThis.kept = new Array(2 ** 25).fill(0)");
    wait_for("the isolate to be condemned", || isolate.condemned() == Some(Loss::Memory));
    drop((kept, isolate));
    wait_for("its memory to come back", || resident() < before + 100 * MIB);
}

#[test]
fn lesson_49_garbage_above_the_limit_is_collected_and_costs_nothing() {
    let (_isolate, held) = ran(
        "const kept = new Array(2 ** 20).fill(0);          for (let i = 0; i < 30; i++) new Array(2 ** 22).fill(i); kept.length && 'ok'",
    );
    assert!(held < 64 * MIB, "{held}");
    let (_isolate, held) = ran("for (let i = 0; i < 1e6; i++) ({ a: [i], b: `${i}` }); 'ok'");
    assert!(held < 64 * MIB, "{held}");
    // In the end nothing of it is left, whatever it was in between.
    let (_isolate, held) = ran("(() => { let a = new Array(5e6).fill(1); a = null; return 'ok' })()");
    assert!(held < 64 * MIB, "{held}");
}

#[test]
fn lesson_49_the_size_of_a_heap_is_known_after_the_turn_that_changed_it() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 128);
    settled(&isolate);
    let first = isolate.heap_size();
    let _kept = keep(&isolate, "globalThis.kept = new Array(10 << 20).fill(0)").unwrap();
    settled(&isolate);
    let second = isolate.heap_size();
    assert!(second >= first + 80 * MIB, "{first}, then {second}");
}

#[test]
fn an_idle_isolate_is_collected() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 128);
    assert!(!isolate.may_have_garbage());
    let source = "let a = []; for (let i = 0; i < 300; i++) a.push(new Array(2 ** 14).fill(i)); 'ok'";
    assert_eq!(run(&isolate, source, Budget::GENEROUS), End::value("ok"));
    settled(&isolate);
    let (used, before) = (isolate.heap_size(), resident());
    assert!(used > 30 * MIB && isolate.may_have_garbage(), "{used}");
    let (sender, done) = std::sync::mpsc::channel();
    isolate.collect_if_idle(move || sender.send(()).unwrap());
    done.recv_timeout(PATIENCE).unwrap();
    assert!(isolate.heap_size() < 8 * MIB, "{} of {used}", isolate.heap_size());
    assert!(!isolate.may_have_garbage());
    wait_for("free pages to go back", || resident() + 20 * MIB < before);
}

#[test]
fn a_collection_makes_way_for_whoever_waits_and_tells_its_end_in_any_case() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    assert_eq!(run(&isolate, "new Array(1e6).fill(0); 'ok'", Budget::GENEROUS), End::value("ok"));
    let (sender, done) = std::sync::mpsc::channel();
    let tell = |name: &'static str| {
        let sender = sender.clone();
        move || sender.send(name).unwrap()
    };
    let long = start(&isolate, "for (let i = 0; i < 1e8; i++); 'long'", Budget::GENEROUS);
    isolate.collect_if_idle(tell("skipped"));
    let next = start(&isolate, "'next'", Budget::GENEROUS);
    assert_eq!((long.end(), next.end()), (End::value("long"), End::value("next")));
    assert_eq!(done.recv_timeout(PATIENCE).unwrap(), "skipped");
    assert!(isolate.may_have_garbage(), "the collection made way");
    isolate.condemn(Loss::Condemned);
    isolate.collect_if_idle(tell("condemned"));
    assert_eq!(done.recv_timeout(PATIENCE).unwrap(), "condemned");
}

fn used(isolate: &LockerManagedIsolate) -> usize {
    isolate.with_lock(|isolate| isolate.heap_statistics().heap_size_limit())
}

#[test]
fn lesson_16_a_raised_heap_limit_is_lowered_again() {
    on_v8_thread(|| {
        let isolate = isolate(64);
        let at_first = used(&isolate);
        let mut reached = Vec::new();
        for round in 0..5 {
            let mut lock = isolate.lock();
            let source =
                "let n = 0; const a = []; globalThis.a = a; while (true) a.push(new Array(1000).fill(1.5))";
            assert_eq!(eval(&mut lock, source), Err("terminated".into()), "round {round}");
            assert!(isolate.memory_limit_hit());
            reached.push(lock.heap_statistics().used_heap_size());
            raw(&mut lock).cancel_terminate_execution();
            lock.collect_garbage();
            isolate.restore_heap_limit(&mut lock);
            assert!(!isolate.memory_limit_hit());
            assert_eq!(eval(&mut lock, "'alive'"), Ok("alive".into()));
            drop(lock);
            assert_eq!(used(&isolate), at_first, "round {round}");
        }
        let (least, most) = (reached.iter().min().unwrap(), reached.iter().max().unwrap());
        assert!(most - least < 16 * MIB, "the limit moves: {reached:?}");
    });
}

#[test]
fn lesson_17_buffers_are_refused_beyond_their_budget() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    let source = "const keep = []; try { while (true) keep.push(new Uint8Array(1 << 22).fill(1)) } \
                  catch (error) { error.name + ' ' + keep.length }";
    for _ in 0..3 {
        assert_eq!(run(&isolate, source, Budget::GENEROUS), End::value("RangeError 16"));
        assert!(isolate.managed().heap_state().take_buffer_refused());
        assert!(isolate.managed().heap_state().buffer_bytes() <= 64 * MIB);
    }
    assert_eq!(isolate.condemned(), None, "a full budget is not one that is exceeded");
    // The heap's own limit is still in force.
    let source = "const a = []; while (true) a.push(new Array(1000).fill(1.5))";
    assert!(run(&isolate, source, Budget::GENEROUS).is_for(Interruption::Memory));
}

#[test]
fn garbage_outside_of_the_heap_is_collected_before_anyone_is_stopped() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    for source in [
        "for (let i = 0; i < 200; i++) new Uint8Array(1 << 24).fill(1); 'ok'",
        "for (let i = 0; i < 100; i++) new Uint8Array(new WebAssembly.Memory({ initial: 300 }).buffer).fill(1); 'ok'",
        "for (let i = 0; i < 100; i++) new Uint8Array(new ArrayBuffer(1 << 24, { maxByteLength: 1 << 25 })).fill(1); 'ok'",
    ] {
        assert_eq!(run(&isolate, source, Budget::GENEROUS), End::value("ok"), "{source}");
    }
}

#[test]
fn lesson_17_resizable_buffers_have_the_same_budget() {
    stopped("const b = new ArrayBuffer(0, { maxByteLength: 1 << 29 }); b.resize(1 << 29); while (true) {}");
    stopped(
        "const keep = []; while (true) { const b = new ArrayBuffer(1, { maxByteLength: 1 << 24 }); \
         b.resize(1 << 22); new Uint8Array(b).fill(1); keep.push(b) }",
    );
}

#[test]
fn lesson_12_each_isolate_has_its_own_account() {
    let threads = IsolateThreads::new(2);
    let (one, two) = (turn_isolate(&threads, 64), turn_isolate(&threads, 64));
    let end = run(&one, "globalThis.b = new Uint8Array(60 << 20); b.length", Budget::GENEROUS);
    assert_eq!(end, End::value(&(60 * MIB).to_string()));
    assert!(one.managed().heap_state().buffer_bytes() >= 60 * MIB);
    assert_eq!(two.managed().heap_state().buffer_bytes(), 0);
    let end = run(&two, "globalThis.b = new Uint8Array(60 << 20); b.length", Budget::GENEROUS);
    assert_eq!(end, End::value(&(60 * MIB).to_string()));
}

#[test]
fn lesson_17_wasm_memories_have_the_same_budget() {
    stopped("const keep = []; while (true) keep.push(new WebAssembly.Memory({ initial: 100 }))");
    stopped(
        "const keep = []; while (true) { const m = new WebAssembly.Memory({ initial: 100 }); \
         new Uint8Array(m.buffer).fill(1); keep.push(m) }",
    );
    stopped("const m = new WebAssembly.Memory({ initial: 1 }); m.grow(3000); while (true) {}");
    // A turn that is over before anybody looks; its context stays.
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    let kept = isolate.with_lock_async(|access| async move {
        access.enter(|isolate| {
            v8::scope!(let scope, raw(isolate));
            let context = v8::Context::new(scope, v8::ContextOptions::default());
            let scope = &mut v8::ContextScope::new(scope, context);
            let source = v8::String::new(scope, "new WebAssembly.Memory({ initial: 4000 })").unwrap();
            let memory = v8::Script::compile(scope, source, None).unwrap().run(scope).unwrap();
            v8::Global::new(scope, memory)
        })
    });
    let _kept = block_on(kept);
    wait_for("the isolate to be condemned", || isolate.condemned() == Some(Loss::Memory));
}

#[test]
fn lesson_18_isolates_that_are_dropped_give_their_memory_back() {
    let threads = IsolateThreads::new(2);
    let cycle = |count: usize| {
        for _ in 0..count {
            let isolate = turn_isolate(&threads, 64);
            let source = "globalThis.a = []; for (let i = 0; i < 1000; i++) a.push({ i }); \
                          globalThis.b = new Uint8Array(1 << 20).fill(1); 'ok'";
            assert_eq!(run(&isolate, source, Budget::GENEROUS), End::value("ok"));
            if isolate::pending_disposals() > 16 {
                wait_for("disposals", || isolate::pending_disposals() < 4);
            }
        }
        wait_for("disposals", || isolate::pending_disposals() == 0);
    };
    cycle(60);
    let before = resident();
    cycle(240);
    let after = resident();
    // Other tests share the process; a leak of 2.5 MiB for each would be 600 MiB.
    assert!(after < before + 300 * MIB, "resident memory went from {before} to {after}");
}

/// Resident memory of this process, in bytes.
fn resident() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split_whitespace().nth(1).unwrap().parse().unwrap();
    pages * 4096
}

// ---- addresses ----

/// What is reserved and not used, in the forms that V8 has for it. The process has no more than 128 TiB of addresses, and some ten
/// thousands of mappings.
const RESERVING: [&str; 5] = [
    "keep.push(new ArrayBuffer(0, { maxByteLength: 2 ** 36 }))",
    "keep.push(new ArrayBuffer(1, { maxByteLength: 8192 }))",
    "keep.push(new WebAssembly.Memory({ initial: 0 }))",
    // A module with a hundred memories.
    "keep.push(new WebAssembly.Instance(module))",
    // Calls that wait.
    "keep.push(waiting())",
];

const RESERVING_PRELUDE: &str = "\
    const keep = []; \
    const bytes = (...sections) => new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, ...sections.flat()]); \
    const memories = Array.from({ length: 100 }, () => [0, 0]).flat(); \
    const module = new WebAssembly.Module(bytes([5, 201, 1, 100], memories)); \
    const never = new WebAssembly.Suspending(() => new Promise(() => {})); \
    const suspends = bytes([1, 4, 1, 96, 0, 0], [2, 7, 1, 1, 97, 1, 98, 0, 0], [3, 2, 1, 0], [7, 5, 1, 1, 102, 0, 1], \
        [10, 6, 1, 4, 0, 16, 0, 11]); \
    const instance = new WebAssembly.Instance(new WebAssembly.Module(suspends), { a: { b: never } }); \
    const waiting = WebAssembly.promising(instance.exports.f);";

#[test]
fn lesson_57_addresses_without_end_cost_the_isolate_and_no_one_else() {
    for source in RESERVING {
        let mappings = || fs::read_to_string("/proc/self/maps").unwrap().lines().count();
        let before = mappings();
        stopped(&format!("{RESERVING_PRELUDE} while (true) try {{ {source} }} catch {{}}"));
        wait_for("the addresses to be free again", || mappings() < before + 2_000);
    }
}

#[test]
fn lesson_57_one_reservation_that_is_too_large_is_refused() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    for exponent in [42, 45, 46, 47, 52] {
        let source = format!(
            "try {{ new ArrayBuffer(0, {{ maxByteLength: 2 ** {exponent} }}) }} catch (e) {{ e.name }}"
        );
        assert_eq!(run(&isolate, &source, Budget::GENEROUS), End::value("RangeError"), "2 ** {exponent}");
    }
    // A hundred thousand memories, which V8 would make in one call.
    let source = "\
        const memories = new Array(100000).fill([0, 0]).flat(); \
        const module = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 5, 0xc3, 0x9a, 0x0c, \
            0xa0, 0x8d, 0x06, ...memories])); \
        try { new WebAssembly.Instance(module); 'made' } catch (e) { e.name }";
    let end = run(&isolate, source, Budget::GENEROUS);
    assert!(end == End::value("RangeError") || end.is_for(Interruption::Memory), "{end:?}");
}

#[test]
fn lesson_57_addresses_that_are_free_again_count_no_more() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    for (source, times) in RESERVING.into_iter().zip([6_000, 10_000, 2_000, 100]) {
        let source = source.replace("keep.push", "void ");
        let source = format!("{RESERVING_PRELUDE} for (let i = 0; i < {times}; i++) {source}; 'ok'");
        assert_eq!(run(&isolate, &source, Budget::GENEROUS), End::value("ok"), "{source}");
    }
}
