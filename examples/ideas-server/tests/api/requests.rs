//! What the API answers.

use serde_json::{Value, json};

use crate::{
    client::{get, post, request},
    scratch::Scratch,
    server::Server,
};

#[test]
fn an_idea_is_created_listed_scored_and_archived() {
    let scratch = Scratch::new();
    let (_server, address) = Server::start(&scratch);

    let created = post(address, "/ideas", &json!({ "title": " A bench ", "body": "by the window" }));
    assert_eq!(created.status, 201);
    assert!(created.head.contains("location: /ideas/1"), "{}", created.head);
    assert_eq!(created.body["title"], "A bench");
    assert_eq!(created.body["score"], Value::Null);

    assert_eq!(post(address, "/ideas/1/score", &json!({ "score": 8 })).status, 200);
    let scored = post(address, "/ideas/1/score", &json!({ "score": 5 }));
    assert_eq!((&scored.body["score"], &scored.body["scores"]), (&json!(6.5), &json!(2)));

    post(address, "/ideas", &json!({ "title": "A kettle" }));
    assert_eq!(titles(&get(address, "/ideas").body), ["A kettle", "A bench"]);
    assert_eq!(titles(&get(address, "/ideas?limit=1").body), ["A kettle"]);

    let archived = request(address, "POST", "/ideas/1/archive", None).expect("the server answers");
    assert_eq!(archived.status, 200);
    assert!(archived.body["archived_at"].is_string());
    assert_eq!(titles(&get(address, "/ideas").body), ["A kettle"]);
    assert_eq!(titles(&get(address, "/ideas?archived=true").body), ["A bench"]);

    let refused = post(address, "/ideas/1/score", &json!({ "score": 8 }));
    assert_eq!((refused.status, refused.error()), (409, "idea 1 is archived"));
}

#[test]
fn bad_input_is_refused_with_a_reason() {
    let scratch = Scratch::new();
    let (_server, address) = Server::start(&scratch);
    post(address, "/ideas", &json!({ "title": "A bench" }));
    let long_title = json!({ "title": "x".repeat(201) }).to_string();
    let long_body = json!({ "title": "x", "body": "x".repeat(10_001) }).to_string();

    #[rustfmt::skip]
    let cases: [(&str, &str, Option<&str>, u16, &str); 20] = [
        ("POST", "/ideas", None, 415, "application/json"),
        ("POST", "/ideas", Some("{"), 400, "EOF while parsing"),
        ("POST", "/ideas", Some("{}"), 422, "missing field `title`"),
        ("POST", "/ideas", Some(r#"{"title": 1}"#), 422, "expected a string"),
        ("POST", "/ideas", Some(r#"{"title": "x", "boddy": ""}"#), 422, "unknown field `boddy`"),
        ("POST", "/ideas", Some(r#"{"title": "  "}"#), 422, "`title` takes 1 to 200 characters"),
        ("POST", "/ideas", Some(&long_title), 422, "`title` takes 1 to 200 characters"),
        ("POST", "/ideas", Some(&long_body), 422, "`body` takes up to 10000 characters"),
        ("POST", "/ideas/1/score", Some(r#"{"score": 11}"#), 422, "`score` takes 0 to 10"),
        ("POST", "/ideas/1/score", Some(r#"{"score": -1}"#), 422, "`score` takes 0 to 10"),
        ("POST", "/ideas/1/score", Some(r#"{"score": 7.5}"#), 422, "floating point"),
        ("POST", "/ideas/2/score", Some(r#"{"score": 7}"#), 404, "there is no idea 2"),
        ("POST", "/ideas/2/archive", None, 404, "there is no idea 2"),
        ("POST", "/ideas/two/archive", None, 400, "Cannot parse `two`"),
        ("GET", "/ideas?limit=0", None, 400, "`limit` takes 1 to 500"),
        ("GET", "/ideas?limit=many", None, 400, "limit"),
        ("GET", "/ideas?archived=yes", None, 400, "`true` or `false`"),
        ("GET", "/ideas?archive=true", None, 400, "unknown field `archive`"),
        ("GET", "/ideals", None, 404, "there is no /ideals"),
        ("DELETE", "/ideas", None, 405, "/ideas does not answer DELETE"),
    ];
    for (method, path, body, status, reason) in cases {
        let response = request(address, method, path, body).expect("the server answers");
        assert_eq!(response.status, status, "{method} {path} {body:?}: {response:?}");
        assert!(response.error().contains(reason), "{method} {path} {body:?}: {response:?}");
    }
    assert_eq!(titles(&get(address, "/ideas").body), ["A bench"]);
}

#[test]
fn stats_serve_what_was_measured() {
    let scratch = Scratch::new();
    let (mut server, address) = Server::start(&scratch);
    server.wait_for_success("collect_metrics");

    let stats = get(address, "/stats");

    assert_eq!(stats.status, 200);
    assert_eq!((&stats.body["ideas"], &stats.body["scores"]), (&json!(0), &json!(0)));
    assert!(stats.body["database_bytes"].as_u64() > Some(4096), "{stats:?}");
}

#[test]
fn health_is_ok_once_it_was_checked() {
    let scratch = Scratch::new();
    let (mut server, address) = Server::start(&scratch);
    server.wait_for_success("check_health");

    let health = get(address, "/health");

    assert_eq!((health.status, &health.body["status"]), (200, &json!("ok")));
}

fn titles(ideas: &Value) -> Vec<&str> {
    let ideas = ideas.as_array().expect("a list");
    ideas.iter().map(|idea| idea["title"].as_str().expect("a title")).collect()
}
