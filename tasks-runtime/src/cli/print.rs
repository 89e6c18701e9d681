//! `--print-tasks-config`: what is in force, as a `tasks.toml`.

use std::io::{self, BufWriter, Write};

use tasks_schedule::format_duration;

use super::output::{finish, report, warn};
use crate::{
    config::Origin,
    error::escaped,
    plan::{Checked, Plan},
};

/// Prints on standard output, problems on standard error, and returns the exit code.
pub(crate) fn print_to_stdout(checked: &Checked) -> u8 {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    print(checked, &mut out, &mut io::stderr())
}

/// Prints the configuration as far as it could be made out, and returns the exit code.
pub(super) fn print(checked: &Checked, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let error = checked.error();
    if let Some(error) = error.as_ref().filter(|error| error.is_usage()) {
        return report(error, err);
    }
    warn(checked, err);
    let code = finish(write(&checked.plan, out).and_then(|()| out.flush()), err);
    error.map_or(code, |error| report(&error, err))
}

const HEAD: &str = "\
# What is in force, with the place of each value.
# A line that begins with `#` holds by default: nobody wrote it.
";

fn write(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(HEAD.as_bytes())?;
    writeln!(out, "\n[shutdown]")?;
    let budget = format_duration(plan.budget).to_string();
    writeln!(
        out,
        "budget = \"{budget}\"{}",
        place(plan.budget_origin.as_ref(), "the builder, or by default")
    )?;
    if !plan.pools.is_empty() {
        writeln!(out, "\n[pools]")?;
    }
    for pool in &plan.pools {
        writeln!(out, "{} = {}{}", pool.name, pool.size, place(pool.origin.as_ref(), "the builder"))?;
    }
    for task in &plan.tasks {
        writeln!(out)?;
        for line in task.description().lines() {
            writeln!(out, "# {}", escaped(line.trim()))?;
        }
        writeln!(out, "[task.{}]", escaped(&task.name))?;
        for in_force in plan.in_force(task) {
            let line = format!("{} = {}", in_force.key, in_force.value);
            match &in_force.origin {
                Some(origin) => writeln!(out, "{line}{}", place(Some(origin), ""))?,
                None => writeln!(out, "# {line}")?,
            }
        }
    }
    Ok(())
}

/// A comment behind a value.
fn place(origin: Option<&Origin>, otherwise: &str) -> String {
    match origin {
        Some(origin) if origin.by_default => format!("  # [default], {}", escaped(&origin.place)),
        Some(origin) => format!("  # {}", escaped(&origin.place)),
        None => format!("  # {otherwise}"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tasks_core::policy::{MaxRetries, Pool, RetryOptions, Schedule};

    use super::*;
    use crate::{
        config::{
            Layer,
            testing::{file, variables},
        },
        plan::testing::{Sample, inputs},
    };

    fn checked(layers: Vec<Layer>) -> Checked {
        let mut retry = RetryOptions::NONE;
        (retry.max, retry.delay) = (Some(MaxRetries::Unlimited), Some(Duration::from_secs(120)));
        let mut prune = Sample::scheduled("prune-sessions").at("src/jobs.rs", 10).with(|options| {
            options.schedule = Some(Schedule::Cron("30 2 * * \u{4d}ON"));
            options.timezone = Some("Europe/Madrid");
            options.after = Some(&["migrate"]);
            options.tags = Some(&["a", "b"]);
        });
        prune.definition.description = "Deletes sessions\nthat have \u{1b}expired.";
        let mut inputs = inputs([
            prune,
            Sample::scheduled("ping").at("src/jobs.rs", 20).with(|options| {
                options.schedule = Some(Schedule::Every(Duration::from_millis(90_500)));
                options.jitter = Some(Duration::from_secs(1));
            }),
            Sample::task("migrate").at("src/db.rs", 4),
            Sample::task("send").at("src/mail.rs", 1).with(|options| {
                options.retry = Some(retry);
                options.pool = Some(Pool::Named("mail"));
                options.max_running = Some(2);
            }),
        ]);
        inputs.pools = vec![("mail".to_owned(), 4)];
        inputs.layers = layers;
        Plan::build(inputs)
    }

    fn printed(checked: &Checked) -> String {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = print(checked, &mut out, &mut err);
        assert!(code == 0 && (err.is_empty() || err.starts_with(b"warning: ")), "{err:?}");
        String::from_utf8(out).expect("UTF-8")
    }

    /// Everything that is in force, without who says so.
    fn in_force(plan: &Plan) -> Vec<String> {
        let options = plan.tasks.iter().flat_map(|task| {
            let options = plan.in_force(task).into_iter();
            options.map(|option| format!("{} {} = {}", task.name, option.key, option.value))
        });
        let pools = plan.pools.iter().map(|pool| format!("{} {}", pool.name, pool.size));
        options.chain(pools).chain([format!("{:?}", plan.budget)]).collect()
    }

    #[test]
    fn what_is_printed_is_read_back_as_the_same_plan() {
        let layers = || {
            vec![
                file(
                    "[default]\ntimeout = \"7s\"\n[task.ping]\ndelay = \"off\"\n[task.send]\nretry.factor = 1.5\n\
                     enabled = false\n[shutdown]\nbudget = \"9s\"",
                ),
                variables(&[("TASKS_POOLS__MAIL", "3"), ("TASKS__PRUNE_SESSIONS__GRACE", "1m 1s")]),
            ]
        };
        for layers in [Vec::new(), layers()] {
            let before = checked(layers);
            let text = printed(&before);
            let after = checked(vec![file(&text)]);
            assert_eq!(after.problems, [], "{text}");
            assert_eq!(in_force(&after.plan), in_force(&before.plan), "{text}");
            // It says all there is to say: printing it again changes the places at most.
            let without_places = |text: &str| -> Vec<String> {
                text.lines().map(|line| line.split("  #").next().unwrap_or_default().to_owned()).collect()
            };
            assert_eq!(without_places(&printed(&after)), without_places(&text));
        }
    }

    #[test]
    fn values_have_their_places_and_defaults_are_comments() {
        let layers = vec![file("[default]\ngrace = \"7s\""), variables(&[("TASKS__PING__EVERY", "2m")])];
        let text = printed(&checked(layers));
        for line in [
            "budget = \"5s\"  # the builder, or by default",
            "mail = 4  # the builder",
            "# Deletes sessions\n# that have \\u{1b}expired.\n[task.prune-sessions]\ncron = \"30 2 * * MON\"  # src/jobs.rs:10",
            "every = \"2m\"  # TASKS__PING__EVERY",
            "grace = \"7s\"  # [default], tasks.toml:2:1",
            "\n# timeout = \"5m\"\n",
            "retry.max = \"unlimited\"  # src/mail.rs:1",
            "# retry.max_delay = \"2m\"\n",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }

    #[test]
    fn a_configuration_with_problems_is_printed_as_far_as_it_goes_and_ends_with_78() {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let broken = checked(vec![file("[task.ping]\ngrace = \"1\"")]);
        assert_eq!(print(&broken, &mut out, &mut err), 78);
        assert!(String::from_utf8_lossy(&out).contains("[task.ping]"));
        assert!(String::from_utf8_lossy(&err).contains("tasks.toml:2:1"));
    }
}
