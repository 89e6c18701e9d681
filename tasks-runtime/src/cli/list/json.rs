//! The list as JSON: a stable schema, documented in `docs/list-tasks.md`.

use std::{
    io::{self, Write},
    time::Duration,
};

use jiff::Timestamp;
use serde_core::Serialize;
use serde_json::Value;
use tasks_core::{
    BodyKind,
    policy::{Jitter, MaxRetries, Schedule},
};

use super::{implicit::implicit, words};
use crate::{
    config::Origin,
    list::IntoList as _,
    plan::{Backoff, Checked, Plan, Planned, Rule},
};

/// Grows only when a field changes its meaning or goes away.
const SCHEMA_VERSION: u32 = 1;

/// Writes one document, with a line for each problem and each task.
pub(super) fn write(checked: &Checked, now: Timestamp, out: &mut dyn Write) -> io::Result<()> {
    let plan = &checked.plan;
    write!(out, "{{\"schema_version\":{SCHEMA_VERSION},\n\"problems\":")?;
    write_lines(out, &checked.problems, |problem, object| {
        object.field("place", &problem.place);
        object.field("problem", &problem.problem);
        object.field("remedy", &problem.remedy);
    })?;
    write!(out, ",\n\"pools\":")?;
    write_lines(out, &plan.pools, |pool, object| {
        object.field("name", &*pool.name);
        object.field("size", pool.size);
        object.field("set_at", pool.origin.as_ref().map(|origin| &*origin.place));
    })?;
    write!(out, ",\n\"shutdown_budget_ms\":{}", millis(plan.budget))?;
    let set_at = plan.budget_origin.as_ref().map(|origin| &*origin.place);
    write!(out, ",\n\"shutdown_budget_set_at\":{}", Value::from(set_at))?;
    write!(out, ",\n\"tasks\":")?;
    write_lines(out, &plan.tasks, |task, object| task_fields(task, plan, now, object))?;
    writeln!(out, "}}")
}

fn write_lines<T>(out: &mut dyn Write, items: &[T], fields: impl Fn(&T, &mut Object)) -> io::Result<()> {
    write!(out, "[")?;
    for (index, item) in items.iter().enumerate() {
        let mut object = Object::new();
        fields(item, &mut object);
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        out.write_all(&object.close())?;
    }
    write!(out, "]")
}

fn task_fields(task: &Planned, plan: &Plan, now: Timestamp, object: &mut Object) {
    let definition = task.task().definition();
    object.field("name", definition.name);
    object.field("description", definition.description);
    object.field("crate", definition.location.crate_name());
    object.field("file", definition.location.file);
    object.field("line", definition.location.line);
    object.field(
        "body",
        match task.body {
            BodyKind::Async => "async",
            BodyKind::Blocking => "blocking",
        },
    );
    object.field("listens", task.listens);
    object.field("enabled", task.is_enabled());
    object.field("disabled_because", task.disabled.as_deref());
    match task.written().schedule {
        None => object.field("schedule", Value::Null),
        Some(written) => object.object("schedule", |object| schedule_fields(written, task, object)),
    }
    let off = task.settings.no_schedule().map(|set| format!("off, {}", set.origin));
    object.field("no_schedule_because", off);
    match words::next(task, plan, now) {
        None => object.field("next", Value::Null),
        Some(next) => object.object("next", |object| {
            object.field("words", &next.words);
            object.field("at", next.instant.as_ref().map(|at| at.strftime("%FT%T%:z").to_string()));
            object.field("timezone", next.instant.as_ref().and_then(|at| at.time_zone().iana_name()));
        }),
    }
    option_fields(task, plan, object);
    object.field("implicit", implicit(task));
    object
        .list("origins", task.origins(), |(option, origin), object| origin_fields(&option, &origin, object));
}

/// Where a value stands that somebody wrote.
fn origin_fields(option: &str, origin: &Origin, object: &mut Object) {
    object.field("option", option);
    object.field("layer", origin.layer.as_str());
    object.field("place", origin.to_string());
    object.field("by_default", origin.by_default);
}

fn schedule_fields(written: Schedule<'_>, task: &Planned, object: &mut Object) {
    let planned = task.schedule_at_start.as_ref();
    object.field("words", words::schedule(task, None));
    let (kind, length, text) = match written {
        Schedule::Every(period) => ("every", Some(period), None),
        Schedule::Delay(delay) => ("delay", Some(delay), None),
        Schedule::Cron(text) => ("cron", None, Some(text)),
        Schedule::At(text) => ("at", None, Some(text)),
        _ => ("unknown", None, None),
    };
    object.field("kind", kind);
    object.field("period_ms", length.map(millis));
    object.field("expression", text);
    let (first, zone) = match planned.map(|planned| &planned.rule) {
        Some(Rule::Every { first, .. } | Rule::Delay { first, .. }) => (Some(*first), None),
        Some(Rule::Cron(schedule)) => (None, Some(schedule.zone().name())),
        Some(Rule::At(_) | Rule::Aligned { .. }) | None => (None, None),
    };
    object.field("timezone", zone);
    object.field("initial_delay_ms", first.map(millis));
    object.field("align", planned.map(|planned| matches!(planned.rule, Rule::Aligned { .. })));
    object.field("on_start", planned.map(|planned| planned.on_start));
    object.field("jitter_ms", planned.map(|planned| millis(planned.jitter)));
    object.field("spread_ms", planned.map(|planned| millis(planned.spread.length())));
    object.field("spread_offset_ms", planned.map(|planned| millis(planned.spread_offset())));
    object.field("misfire", planned.map(|planned| planned.misfire.to_string()));
}

fn option_fields(task: &Planned, plan: &Plan, object: &mut Object) {
    object.field("input", task.input.map(|input| input.name));
    object.field("start", (!task.is_scheduled).then(|| task.start.as_str()));
    object.field("tags", &task.tags);
    object.field("timeout_ms", task.timeout.map(millis));
    object.field("stop_after_ms", task.stop_after.map(millis));
    object.field("deadline_ms", task.deadline.map(millis));
    object.field("grace_ms", millis(task.grace));
    object.object("retry", |object| {
        let max = match task.retry.max {
            MaxRetries::Limited(max) => Value::from(max),
            MaxRetries::Unlimited => Value::from("unlimited"),
        };
        object.field("max", max);
        backoff_fields(&task.retry.backoff, object);
        object.field("panics", task.retry.panics);
    });
    match task.is_scheduled {
        true => object.field("restart", Value::Null),
        false => object.object("restart", |object| {
            object.field("policy", task.restart.policy.as_str());
            backoff_fields(&task.restart.backoff, object);
            object.field("max", task.restart.max);
            object.field("within_ms", millis(task.restart.within));
        }),
    }
    object.field("priority", task.priority.as_str());
    let pool = task.pool.and_then(|pool| plan.pools.get(pool.0 as usize));
    object.field("pool", pool.map(|pool| &*pool.name));
    object.field("max_running", task.max_running);
    object.field("overlap", task.overlap.to_string());
    object.field("essential", task.essential);
    object.field("after", &task.waits_for);
    object.field("on_shutdown", task.on_shutdown.as_str());
    object.field("stop_within_ms", task.stop_within.map(millis));
}

fn backoff_fields(backoff: &Backoff, object: &mut Object) {
    object.field("delay_ms", millis(backoff.delay));
    object.field("factor", backoff.factor);
    object.field("max_delay_ms", millis(backoff.max_delay));
    object.field(
        "jitter",
        match backoff.jitter {
            Jitter::Full => "full",
            Jitter::Off => "off",
        },
    );
}

/// A number of milliseconds: whole, unless the length is finer than that.
fn millis(length: Duration) -> Value {
    match (u64::try_from(length.as_millis()), length.subsec_nanos() % 1_000_000) {
        (Ok(millis), 0) => millis.into(),
        _ => (length.as_secs_f64() * 1000.0).into(),
    }
}

/// An object under construction, its fields in the order in which they are given.
#[derive(Debug)]
struct Object(Vec<u8>);

impl Object {
    fn new() -> Self {
        Self(b"{".to_vec())
    }

    fn key(&mut self, key: &str) {
        if self.0.last() != Some(&b'{') {
            self.0.push(b',');
        }
        self.0.extend([b"\"", key.as_bytes(), b"\":"].concat());
    }

    fn field(&mut self, key: &str, value: impl Serialize) {
        self.key(key);
        let start = self.0.len();
        // Text, numbers and lists of them always have a form in JSON.
        if serde_json::to_writer(&mut self.0, &value).is_err() {
            self.0.truncate(start);
            self.0.extend(b"null");
        }
    }

    fn object(&mut self, key: &str, fields: impl FnOnce(&mut Self)) {
        self.key(key);
        let mut object = Self::new();
        fields(&mut object);
        self.0.extend(object.close());
    }

    fn list<T>(&mut self, key: &str, items: impl Iterator<Item = T>, fields: impl Fn(T, &mut Self)) {
        self.key(key);
        let objects: Vec<_> = items
            .map(|item| {
                let mut object = Self::new();
                fields(item, &mut object);
                object.close()
            })
            .into_list();
        self.0.push(b'[');
        self.0.extend(objects.join(&b','));
        self.0.push(b']');
    }

    fn close(mut self) -> Vec<u8> {
        self.0.push(b'}');
        self.0
    }
}
