//! What clients are told when a worker does not answer.

use exec::{Termination, TerminationReason};
use runner::server::ServerOptions;

use crate::support::{Reply, Stub, TestServer, exchange};

const GET: &str = "GET /w/ HTTP/1.1\r\nHost: a.test\r\n\r\n";

/// The answer for a worker that ends with this reason. Its message is `secret`.
async fn ended_with(reason: TerminationReason, expose_errors: bool) -> Reply {
    let stub = Stub::new(move |_| std::future::ready(Err(Termination::new(reason, "secret"))));
    let options = ServerOptions::default().with_expose_errors(expose_errors);
    exchange(TestServer::with_options(stub, options).await.address, GET).await
}

#[tokio::test]
async fn every_termination_has_its_status_body_and_header() {
    for reason in TerminationReason::ALL {
        let reply = ended_with(reason, false).await;
        assert_eq!(reply.status, reason.http_status().as_u16());
        assert_eq!(reply.header("x-termination-reason"), reason.name());
        assert_eq!(reply.header("content-type"), "application/json");
        assert_eq!(reply.json()["error"], reason.name());
        assert!(!reply.json()["message"].as_str().unwrap().is_empty());
    }
}

#[tokio::test]
async fn lesson_44_refusal_is_503_with_retry_after() {
    for reason in [TerminationReason::Overloaded, TerminationReason::Terminated] {
        let reply = ended_with(reason, false).await;
        assert_eq!((reply.status, reply.header("retry-after")), (503, "1"));
    }
    assert_eq!(ended_with(TerminationReason::Exception, false).await.header("retry-after"), "");
}

#[tokio::test]
async fn lesson_46_host_errors_are_not_shown() {
    for reason in TerminationReason::ALL {
        assert!(!ended_with(reason, false).await.text().contains("secret"), "{reason}");
    }
}

#[tokio::test]
async fn expose_errors_shows_what_the_tenants_code_said_and_nothing_else() {
    use TerminationReason::{Exception, InitializationError};
    for reason in TerminationReason::ALL {
        let shown = ended_with(reason, true).await.text().contains("secret");
        assert_eq!(shown, matches!(reason, Exception | InitializationError), "{reason}");
    }
}

#[tokio::test]
async fn a_path_without_worker_is_404() {
    let server = TestServer::start(Stub::describing(|_| unreachable!("no worker is called"))).await;
    for path in ["/", "/other/", "/W/", "/w2", "/_pool", "*"] {
        let reply =
            exchange(server.address, format!("OPTIONS {path} HTTP/1.1\r\nHost: a.test\r\n\r\n")).await;
        assert_eq!((reply.status, reply.json()["error"].as_str()), (404, Some("NotFound")), "{path}");
    }
}
