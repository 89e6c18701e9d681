//! Very many firings at one instant.

use std::collections::HashSet;

use tasks_core::policy::Priority;

use super::*;

/// Ticks once. Returns the tasks whose runs were started, in their order, and
/// whether more is due.
fn served(bench: &mut Bench) -> (Vec<u32>, bool) {
    let now = bench.now();
    let wake = bench.core.tick(now);
    let actions = bench.core.take_actions(Vec::new());
    let started = actions.iter().filter_map(|action| match action {
        Action::Start(wanted) => {
            assert!(Command::begin(&wanted.cell));
            wanted.cell.set_started(now.mono.0, now.wall);
            Some(wanted.task.name[1..].parse().unwrap())
        }
        _ => None,
    });
    (started.collect(), wake <= now.mono)
}

/// Looks until nothing is due any more, so many seconds after one another. Returns
/// what each look started.
fn parts_every(seconds: f64, bench: &mut Bench) -> Vec<Vec<u32>> {
    let mut parts = Vec::new();
    loop {
        let (part, is_more) = served(bench);
        parts.push(part);
        if !is_more {
            return parts;
        }
        bench.seconds += seconds;
    }
}

/// The same, all of it at one moment.
fn parts(bench: &mut Bench) -> Vec<Vec<u32>> {
    parts_every(0.0, bench)
}

#[test]
fn very_many_that_are_due_are_served_in_parts_the_most_urgent_first() {
    const ALL: u32 = 5000;
    let sample = |number: u32| {
        let name: &'static str = format!("t{number:04}").leak();
        Sample::scheduled(name).with(|options| {
            // The odd ones follow the wall clock.
            let (every, minute) = (Duration::from_secs(60), "0 * * * * *");
            options.schedule =
                Some(if number.is_multiple_of(2) { Schedule::Every(every) } else { Schedule::Cron(minute) });
            options.priority = (number % 1000 == 999).then_some(Priority::Critical);
        })
    };
    let mut bench = Bench::new((0..ALL).map(sample));
    bench.seconds = 60.0;
    let (first, is_more) = served(&mut bench);
    assert!(is_more && first.len() < ALL as usize / 2, "{} at once", first.len());
    assert_eq!(first[..5], [999, 1999, 2999, 3999, 4999], "the critical ones come before all others");
    assert!(first[5..].is_sorted(), "those of one priority go by name");
    let mut all: HashSet<u32> = first.into_iter().collect();
    for part in parts(&mut bench) {
        assert!(!part.is_empty(), "each look serves some");
        for number in part {
            assert!(all.insert(number), "t{number} was started twice");
        }
    }
    assert_eq!(all.len(), ALL as usize);
}

#[test]
fn what_waits_for_its_part_is_not_late_by_that_and_what_comes_late_is() {
    let every = |number: u32, first: f64| {
        let name: &'static str = format!("t{number:04}").leak();
        Sample::scheduled(name).with(move |options| {
            options.schedule = Some(Schedule::Every(Duration::from_secs(10)));
            options.initial_delay = Some(Duration::from_secs_f64(first));
            options.misfire = Some(Misfire::Skip);
        })
    };
    let herd = (0..3000).map(|number| every(number, 10.0));
    // It is due before the herd has been served, and nobody looks for more than a second.
    let mut bench = Bench::new(herd.chain([every(9000, 12.5)]));
    bench.seconds = 10.0;
    // More than the second by which a firing of every 10 s may be late.
    let all: HashSet<u32> = parts_every(1.2, &mut bench).concat().into_iter().collect();
    assert!(bench.seconds > 13.0, "it took several parts");
    assert_eq!(all.len(), 3000, "none of the herd is skipped");
    assert!(!all.contains(&9000), "what was due later is late");
    // Now the herd is late by more than two seconds, all of it, and only the other is not.
    bench.seconds = 22.6;
    assert_eq!(parts(&mut bench).concat(), [9000]);
}

#[test]
fn what_is_due_when_the_program_ends_between_two_parts_starts_no_more() {
    let sample = |number: u32| {
        let name: &'static str = format!("t{number:04}").leak();
        Sample::scheduled(name).with(|options| {
            options.schedule = Some(Schedule::Every(Duration::from_secs(1)));
        })
    };
    let mut bench = Bench::new((0..3000).map(sample));
    bench.seconds = 1.0;
    let (first, is_more) = served(&mut bench);
    assert!(is_more);
    let now = bench.now();
    bench.core.stop(StopCause::Asked, now.mono, Duration::from_secs(5), now);
    let (more, _) = served(&mut bench);
    assert!(more.is_empty(), "nothing is started during the drain");
    assert_eq!(bench.living().len(), first.len(), "what was started drains");
}

/// `t0000` is due last.
fn one_by_one(count: u32, priority: Option<Priority>) -> impl Iterator<Item = Sample> {
    (0..count).map(move |number| {
        let name: &'static str = format!("t{number:04}").leak();
        Sample::scheduled(name).with(|options| {
            options.schedule = Some(Schedule::Every(Duration::from_secs(10)));
            options.initial_delay = Some(Duration::from_millis(u64::from(count - number)));
            options.priority = priority.filter(|_| number == 0);
            options.misfire = Some(Misfire::Skip);
            options.overlap = Some(Overlap::Allow);
        })
    })
}

#[test]
fn of_some_hundred_the_first_begin_before_all_are_let_in() {
    let mut bench = Bench::new(one_by_one(200, None));
    // Again and again, and each time anew.
    for seconds in [0.5, 10.5, 20.5] {
        bench.seconds = seconds;
        let parts = parts(&mut bench);
        assert!(parts.len() > 4 && parts[..4].iter().all(|part| part.len() < 50), "{parts:?}");
        let earliest: HashSet<u32> = parts[0].iter().copied().collect();
        assert!((170..200).all(|number| earliest.contains(&number)), "the earliest come first: {parts:?}");
        assert_eq!(parts.concat().into_iter().collect::<HashSet<_>>().len(), 200);
    }
}

#[test]
fn where_one_is_urgent_some_hundred_are_let_in_together() {
    let mut bench = Bench::new(one_by_one(200, Some(Priority::High)));
    bench.seconds = 0.5;
    let [all] = &parts(&mut bench)[..] else { panic!("one part") };
    assert_eq!((all[0], all.len()), (0, 200), "the urgent one, due last, comes first");
}

#[test]
fn what_is_due_at_a_look_of_a_series_is_not_late_when_its_turn_comes() {
    // The last hundred are due while the first are served, which takes long.
    let mut bench = Bench::new(one_by_one(200, None));
    bench.seconds = 0.1;
    let all: HashSet<u32> = parts_every(0.7, &mut bench).concat().into_iter().collect();
    assert!(bench.seconds > 2.0, "it took more than the second by which they may be late");
    assert_eq!(all.len(), 200, "each was found due in time");
}

#[test]
fn what_no_longer_counts_makes_no_look_short() {
    let mut bench = Bench::new(one_by_one(2000, None));
    let now = bench.now();
    for index in (0..2000).map(TaskIndex) {
        let later = Schedule::Every(Duration::from_secs(60));
        let planned = Sample::scheduled("t").with(|options| options.schedule = Some(later));
        let plan = plan([planned]).into_result().unwrap();
        bench.core.reschedule(index, plan.tasks[0].schedule_at_start.clone(), now).unwrap();
    }
    bench.seconds = 5.0;
    let parts = parts(&mut bench);
    assert!(parts.iter().all(Vec::is_empty));
    assert!(parts.len() < 10, "{} looks at nothing", parts.len());
}

#[test]
fn a_delayed_run_of_low_priority_does_not_pass_firings_that_are_due_with_it() {
    let low = Sample::task("t9999").with(|options| {
        options.start = Some(tasks_core::policy::Start::Manual);
        options.priority = Some(Priority::Low);
    });
    let mut bench = Bench::new(one_by_one(200, None).chain([low]));
    let now = bench.now();
    bench.core.want_later(TaskIndex(200), Duration::from_millis(300), Wish::default(), now).unwrap();
    bench.core.take_actions(Vec::new());
    bench.seconds = 0.5;
    let all = parts(&mut bench).concat();
    assert_eq!((all.len(), all.last()), (201, Some(&9999)));
}
