//! What a program takes of the machine. The tests take turns: each measures.
#![cfg(target_os = "linux")]

use std::{
    fs,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use nix::sys::resource::{UsageWho, getrusage};
use tests::{Launch, Running, Signal::SIGTERM, fixture};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn a_million_runs_leave_memory_threads_and_descriptors_as_they_are() {
    let _turn = turn();
    // The events of each run would be two million lines.
    let program = fixture!("many").tasks("a_million_runs,empty").env("RUST_LOG", "warn").spawn();
    for ten in 1..=10 {
        program.wait_for_many(ten * 10, |event| event.json["mark"] == "chunk");
    }
    let chunks = program.marks("chunk");
    let figures = |key: &str| chunks.iter().map(|chunk| chunk.number(key)).collect::<Vec<_>>();
    let (threads, files) = (figures("threads"), figures("descriptors"));
    // A byte left by every third run after the warm-up would be too much.
    // What the allocator has of the machine moves more, and has no slope either.
    for (key, noise) in [("allocated", 200 * 1024), ("rss_kb", 1024)] {
        let memory = figures(key);
        let (warm, last) = (memory[10..20].iter().max(), memory[90..].iter().min());
        assert!(last <= warm.map(|warm| warm + noise).as_ref(), "{key} after each 10,000 runs: {memory:?}");
    }
    assert!(threads[10..].iter().all(|count| *count == threads[10]), "{threads:?}");
    assert!(files[10..].iter().all(|count| *count == files[10]), "{files:?}");
}

/// How often the threads of a program were woken so far.
fn wakes(program: &Running) -> u64 {
    let threads = fs::read_dir(format!("/proc/{}/task", program.pid())).expect("it runs");
    let of_thread = |thread: fs::DirEntry| -> Option<u64> {
        let status = fs::read_to_string(thread.path().join("status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        line.trim().parse().ok()
    };
    threads.filter_map(|thread| of_thread(thread.ok()?)).sum()
}

#[test]
fn an_idle_program_with_a_hundred_hourly_tasks_is_not_woken() {
    let _turn = turn();
    is_not_woken(fixture!("many").mode("hundred hourly"));
}

#[test]
fn a_program_whose_bodies_wait_is_not_woken() {
    let _turn = turn();
    is_not_woken(fixture!("many").tasks("needs_1s,client,fails_when_told,between_attempts,hourly"));
}

fn is_not_woken(program: Launch) {
    let mut program = program.start();
    program.still_runs_for(ms(1500));
    let before = wakes(&program);
    program.still_runs_for(ms(5000));
    let woken = wakes(&program) - before;
    // The wall clock is looked at once a minute, so one look may fall into this time.
    assert!(woken <= 10, "woken {woken} times in 5 s");
    program.stop(SIGTERM);
    program.ends_within(ms(5000)).with_code(0);
}

#[test]
fn programs_that_start_and_end_in_one_process_leave_nothing() {
    let _turn = turn();
    for mode in ["started often", "run often"] {
        let end =
            fixture!("many").tasks("asks_at_once_for_shutdown,needs_nothing").mode(mode).run().with_code(0);
        let rounds = end.marks("round");
        assert_eq!(rounds.len(), 200);
        for (key, noise) in [("threads", 0), ("descriptors", 0), ("allocated", 8 * 1024), ("rss_kb", 1024)] {
            let figures: Vec<_> = rounds.iter().map(|round| round.number(key)).collect();
            let (early, late) = (figures[20..60].iter().max(), figures[160..].iter().min());
            assert!(late <= early.map(|early| early + noise).as_ref(), "{mode}: {key}: {figures:?}");
        }
    }
}

#[test]
fn ten_thousand_tasks_are_listed_in_little_time_and_memory() {
    let _turn = turn();
    for form in ["--list-tasks", "--list-tasks=json", "--list-tasks=names"] {
        let before = used_by_children();
        let end = fixture!("many").mode("ten thousand").arg(form).run().with_code(0);
        assert!(end.says("task_00000") && end.says("task_09999"));
        // One second is promised of a release build. Of the processor's time,
        // because the machine is shared.
        let limit = if cfg!(debug_assertions) { ms(2000) } else { ms(1000) };
        let used = used_by_children() - before;
        assert!(used < limit, "{form}: {used:?}");
    }
    let most = getrusage(UsageWho::RUSAGE_CHILDREN).expect("figures of the children").max_rss();
    assert!(most < 150 * 1024, "{most} KB");
}

/// The processor's time that programs which have ended took.
fn used_by_children() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("figures of the children");
    let times = [usage.user_time(), usage.system_time()];
    let micros = times.map(|time| time.tv_sec() * 1_000_000 + time.tv_usec()).iter().sum::<i64>();
    Duration::from_micros(u64::try_from(micros).unwrap_or_default())
}
