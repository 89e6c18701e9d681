//! How the server ends.

use std::{
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    client::{get, post},
    scratch::Scratch,
    server::Server,
};

#[test]
fn sigterm_while_idle_exits_0_at_once() {
    let scratch = Scratch::new();
    let (server, address) = Server::start(&scratch);
    // A connection on which nothing was asked holds nobody up.
    let _idle = TcpStream::connect(address).expect("the server listens");

    let begin = Instant::now();
    server.terminate();
    let end = server.wait();

    assert_eq!(end.code, Some(0), "{:#?}", end.log);
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
}

#[test]
fn sigterm_during_a_slow_request_finishes_it_and_exits_0() {
    let scratch = Scratch::new();
    let (mut server, address) = Server::start_with(&scratch, &[("IDEAS_LATENCY", "1s")]);
    let slow = thread::spawn(move || post(address, "/ideas", &json!({ "title": "A bench" })));
    server.wait_for(|line| line["path"] == "/ideas");

    server.terminate();
    server.wait_for(|line| line["event"] == "shutdown_started");

    let response = slow.join().expect("the request is answered");
    assert_eq!((response.status, &response.body["title"]), (201, &json!("A bench")));
    let end = server.wait();
    assert_eq!(end.code, Some(0), "{:#?}", end.log);
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");

    let (_server, address) = Server::start(&scratch);
    assert_eq!(get(address, "/ideas").body[0]["title"], "A bench");
}
