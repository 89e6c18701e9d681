//! How the server starts, or says why not.

use std::fs;

use rusqlite::Connection;

use crate::{
    scratch::Scratch,
    server::{Server, command},
};

#[test]
fn listing_shows_the_tasks_and_opens_no_database() {
    let scratch = Scratch::new();

    let listed = command(&scratch).arg("--list-tasks=names").output().expect("the program starts");

    let names = String::from_utf8(listed.stdout).expect("names are UTF-8");
    assert_eq!(names, "check_health\nclean_up\ncollect_metrics\nmigrate\nserve_http\n");
    assert_eq!(listed.status.code(), Some(0));
    assert_eq!(fs::read_dir(scratch.path()).expect("it is there").count(), 0, "a file was made");
}

#[test]
fn a_taken_port_ends_the_second_server_with_1_and_names_the_address() {
    let (scratch, other) = (Scratch::new(), Scratch::new());
    let (_first, address) = Server::start(&scratch);

    let second = Server::spawn(command(&other).env("IDEAS_ADDR", address.to_string())).wait();

    assert_eq!(second.code, Some(1), "{:#?}", second.log);
    assert!(second.error().starts_with(&format!("failed to listen on {address}: ")), "{}", second.error());
}

#[test]
fn a_wrong_setting_ends_the_start_with_1_and_names_the_variable() {
    let scratch = Scratch::new();

    let end = Server::spawn(command(&scratch).env("IDEAS_KEEP_ARCHIVED", "30")).wait();

    assert_eq!(end.code, Some(1), "{:#?}", end.log);
    assert!(end.error().contains("IDEAS_KEEP_ARCHIVED=30 is no duration such as `30d`"), "{}", end.error());
    assert!(!scratch.database().exists());
}

#[test]
fn a_file_that_is_no_database_ends_the_start_with_1_and_is_left_alone() {
    let scratch = Scratch::new();
    fs::write(scratch.database(), "Dear diary, today I had an idea.").expect("the directory is ours");

    let end = Server::spawn(&mut command(&scratch)).wait();

    assert_eq!(end.code, Some(1), "{:#?}", end.log);
    assert!(end.error().contains("failed to open the database"), "{}", end.error());
    assert!(fs::read_to_string(scratch.database()).is_ok_and(|text| text.starts_with("Dear diary")));
}

#[test]
fn a_database_of_a_newer_version_is_not_touched() {
    let scratch = Scratch::new();
    let database = Connection::open(scratch.database()).expect("the directory is ours");
    database.pragma_update(None, "user_version", 99).expect("the database is ours");

    let end = Server::spawn(&mut command(&scratch)).wait();

    assert_eq!(end.code, Some(1), "{:#?}", end.log);
    assert!(end.error().contains("schema version 99"), "{}", end.error());
    assert!(!end.log.iter().any(|line| line["task"] == "serve_http" && line["event"] == "run_started"));
}
