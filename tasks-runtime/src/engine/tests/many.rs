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
    let (first, mut is_more) = served(&mut bench);
    assert!(is_more && first.len() < ALL as usize / 2, "{} at once", first.len());
    assert_eq!(first[..5], [999, 1999, 2999, 3999, 4999], "the critical ones come before all others");
    assert!(first[5..].is_sorted(), "those of one priority go by name");
    let mut all: HashSet<u32> = first.into_iter().collect();
    while is_more {
        let part;
        (part, is_more) = served(&mut bench);
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
    // It is due before the herd has been served, and nobody looks in time.
    let mut bench = Bench::new(herd.chain([every(9000, 12.0)]));
    bench.seconds = 10.0;
    let mut all = HashSet::new();
    loop {
        let (part, is_more) = served(&mut bench);
        all.extend(part);
        if !is_more {
            break;
        }
        // More than the second by which a firing of every 10 s may be late.
        bench.seconds += 1.2;
    }
    assert!(bench.seconds > 13.0, "it took several parts");
    assert_eq!(all.len(), 3000, "none of the herd is skipped");
    assert!(!all.contains(&9000), "what was due later is late");
    // Now the herd is late by two seconds, all of it, and only the other is not.
    bench.seconds = 22.0;
    let (mut all, mut is_more) = (Vec::new(), true);
    while is_more {
        let part;
        (part, is_more) = served(&mut bench);
        all.extend(part);
    }
    assert_eq!(all, [9000]);
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

#[test]
fn of_some_hundred_the_first_begin_before_all_are_let_in_unless_one_is_urgent() {
    let looks = |priority: Option<Priority>| {
        let sample = |number: u32| {
            let name: &'static str = format!("t{number:04}").leak();
            Sample::scheduled(name).with(|options| {
                options.schedule = Some(Schedule::Every(Duration::from_secs(1)));
                options.initial_delay = Some(Duration::from_millis(u64::from(number) + 1));
                options.priority = priority.filter(|_| number == 199);
            })
        };
        let mut bench = Bench::new((0..200).map(sample));
        bench.seconds = 0.5;
        let (mut looks, mut is_more) = (Vec::new(), true);
        while is_more {
            let part;
            (part, is_more) = served(&mut bench);
            looks.push(part);
        }
        looks
    };
    let usual = looks(None);
    assert!(usual.len() > 2 && usual[0].len() < 50, "{} at once", usual[0].len());
    assert_eq!(usual.concat(), (0..200).collect::<Vec<_>>(), "the earliest comes first");
    let [all] = &looks(Some(Priority::High))[..] else {
        panic!("one part of those among which one is urgent")
    };
    assert_eq!((all[0], all.len()), (199, 200));
}
