//! As much of HTTP/1.1 as the tests need.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Value,
}

impl Response {
    /// The sentence of a response that says what is wrong.
    pub(crate) fn error(&self) -> &str {
        self.body["error"].as_str().unwrap_or_else(|| panic!("no error: {self:?}"))
    }
}

pub(crate) fn get(server: SocketAddr, path: &str) -> Response {
    request(server, "GET", path, None).expect("the server answers")
}

pub(crate) fn post(server: SocketAddr, path: &str, body: &Value) -> Response {
    request(server, "POST", path, Some(&body.to_string())).expect("the server answers")
}

/// Sends a request, with a body as JSON if there is one, and reads the response.
pub(crate) fn request(
    server: SocketAddr,
    method: &str,
    path: &str,
    body: Option<&str>,
) -> io::Result<Response> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\n");
    if let Some(body) = body {
        request += &format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
    }
    request += "\r\n";
    request += body.unwrap_or_default();
    stream.write_all(request.as_bytes())?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    parse(&response).ok_or_else(|| io::Error::other(format!("no response: {response:?}")))
}

fn parse(response: &str) -> Option<Response> {
    let (head, body) = response.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Response { status, head: head.to_owned(), body: serde_json::from_str(body).ok()? })
}
