//! What the schedules do, each run by itself from the command line.

use rusqlite::{Connection, TransactionBehavior};
use serde_json::json;

use crate::{
    client::{get, post, request},
    scratch::Scratch,
    server::{Server, command},
};

#[test]
fn clean_up_deletes_archived_ideas_past_their_age_and_no_others() {
    let scratch = Scratch::new();
    let (server, address) = Server::start(&scratch);
    for title in ["A bench", "A kettle"] {
        post(address, "/ideas", &json!({ "title": title }));
    }
    request(address, "POST", "/ideas/1/archive", None).expect("the server answers");
    server.terminate();
    assert_eq!(server.wait().code, Some(0));

    for (age, left) in [("1h", 1), ("0s", 0)] {
        let mut clean_up = command(&scratch);
        let end =
            Server::spawn(clean_up.args(["--run-task", "clean_up"]).env("IDEAS_KEEP_ARCHIVED", age)).wait();
        assert_eq!(end.code, Some(0), "{:#?}", end.log);

        let (_server, address) = Server::start(&scratch);
        let archived = get(address, "/ideas?archived=true").body;
        assert_eq!(archived.as_array().map(Vec::len), Some(left), "older than {age}: {archived}");
        assert_eq!(get(address, "/ideas").body[0]["title"], "A kettle");
    }
}

#[test]
fn the_health_check_fails_while_the_database_takes_no_writes() {
    let scratch = Scratch::new();
    let migrated = Server::spawn(command(&scratch).args(["--run-task", "migrate"])).wait();
    assert_eq!(migrated.code, Some(0), "{:#?}", migrated.log);
    let mut other = Connection::open(scratch.database()).expect("the database is there");
    let _lock = other.transaction_with_behavior(TransactionBehavior::Immediate).expect("nobody else writes");

    let end = Server::spawn(command(&scratch).args(["--run-task", "check_health"])).wait();

    assert_eq!(end.code, Some(1), "{:#?}", end.log);
    assert!(end.error().starts_with("the database takes no writes: database is locked"), "{}", end.error());
}
