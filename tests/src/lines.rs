//! What a program wrote, as it comes.

use std::{
    io::{BufRead, BufReader, Read},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use serde_json::Value;

/// One line that is a JSON object: an event of the log, or a mark.
#[derive(Clone, Debug)]
pub struct Event {
    /// When the test read it.
    pub at: Instant,
    /// The whole object.
    pub json: Value,
}

impl Event {
    /// Returns a field's text; what is no string is written out. Empty without the field.
    pub fn text(&self, key: &str) -> String {
        match &self.json[key] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// Returns a field's number.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn number(&self, key: &str) -> u64 {
        self.json[key].as_u64().unwrap_or_else(|| panic!("no number `{key}` in {}", self.json))
    }

    /// Returns whether it speaks of this task.
    pub fn is_of(&self, task: &str) -> bool {
        self.json["task"] == task
    }

    /// Returns when the fixture wrote this mark, as time since 1970.
    pub fn time(&self) -> Duration {
        Duration::from_nanos(self.number("unix_ns"))
    }
}

#[derive(Debug, Default)]
struct State {
    lines: Vec<(Instant, String)>,
    events: Vec<Event>,
    readers: usize,
}

/// What a program wrote to the streams that are read.
#[derive(Clone, Debug, Default)]
pub struct Lines(Arc<(Mutex<State>, Condvar)>);

impl Lines {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a stream on a thread of its own.
    pub(crate) fn read(&self, stream: impl Read + Send + 'static) {
        self.lock().readers += 1;
        let this = self.clone();
        std::thread::spawn(move || {
            let mut stream = BufReader::new(stream);
            let mut line = Vec::new();
            while stream.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                let text = String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned();
                let at = Instant::now();
                let json = serde_json::from_str::<Value>(&text).ok().filter(Value::is_object);
                let mut state = this.lock();
                state.lines.push((at, text));
                state.events.extend(json.map(|json| Event { at, json }));
                this.0.1.notify_all();
                line.clear();
            }
            this.lock().readers -= 1;
            this.0.1.notify_all();
        });
    }

    /// Waits until something is there to be returned.
    pub(crate) fn wait<T>(
        &self,
        limit: Duration,
        mut look: impl FnMut(&[Event], bool) -> Option<T>,
    ) -> Result<T, String> {
        let until = Instant::now() + limit;
        let mut state = self.lock();
        loop {
            let closed = state.readers == 0;
            if let Some(found) = look(&state.events, closed) {
                return Ok(found);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || closed {
                drop(state);
                return Err(self.all());
            }
            let waited = self.0.1.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until every stream was read to its end.
    pub(crate) fn wait_closed(&self, limit: Duration) -> bool {
        self.wait(limit, |_, closed| closed.then_some(())).is_ok()
    }

    /// Returns the events so far that fit.
    pub fn events(&self, fits: impl Fn(&Event) -> bool) -> Vec<Event> {
        self.lock().events.iter().filter(|event| fits(event)).cloned().collect()
    }

    /// Returns everything so far, for people.
    pub fn all(&self) -> String {
        let state = self.lock();
        let first = state.lines.first().map(|(at, _)| *at);
        let lines = state.lines.iter().map(|(at, line)| {
            let since = first.map_or(Duration::ZERO, |first| at.duration_since(first));
            let cut: String = line.chars().take(600).collect();
            format!("{:8.3} {cut}\n", since.as_secs_f64())
        });
        lines.collect()
    }

    /// Returns the lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.lock().lines.iter().map(|(_, line)| line.clone()).collect()
    }
}
