//! Objects of the host that JavaScript knows by their ids: streaming decoders.

use crate::support::{Worker, eventually, generous};

const GREEK: &str = "const bytes = new Uint8Array([0xe1, 0xe2]);
    const decode = (decoder) => { try { return decoder.decode(bytes, { stream: true }) } catch (error) { return error.name } };";

#[tokio::test(flavor = "multi_thread")]
async fn lesson_34_a_decoder_is_its_requests_own() {
    let worker = Worker::new(&format!(
        "{GREEK} let shared;
         export default {{ async fetch(request) {{
             if (request.url.endsWith('/open')) {{
                 shared = new TextDecoder('greek');
                 const first = decode(shared);
                 console.log(first);
                 await fetch('http://x/gate');
                 return new Response(first);
             }}
             return new Response(decode(shared));
         }} }}"
    ));
    let opener = {
        let worker = worker.clone();
        tokio::spawn(async move { worker.text("/open").await })
    };
    eventually("it is open", || worker.world.lines() == ["αβ"]).await;
    assert_eq!(worker.text("/use").await, "αβ", "another may use it");
    worker.world.gate.notify_one();
    assert_eq!(opener.await.unwrap(), "αβ");
    worker.drained().await;
    assert_eq!(worker.text("/use").await, "TypeError", "it is closed with its owner");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decoder_of_the_script_lasts_as_long_as_its_context() {
    let worker = Worker::new(&format!(
        "{GREEK} const decoder = new TextDecoder('greek'); decode(decoder);
         export default {{ fetch: () => new Response(decode(decoder)) }}"
    ));
    for _ in 0..3 {
        assert_eq!(worker.text("/").await, "αβ");
        worker.drained().await;
    }
    worker.context.reset();
    assert_eq!(worker.text("/").await, "αβ");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_decoder_makes_room() {
    let worker = Worker::new(&format!(
        "{GREEK} export default {{ fetch() {{
             const decoders = Array.from({{ length: 1100 }}, () => new TextDecoder('greek'));
             decoders.forEach(decode);
             return new Response([decode(decoders[0]), decode(decoders[1099])]);
         }} }}"
    ));
    assert_eq!(worker.text("/").await, "TypeError,αβ");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_and_top_levels_have_limits_of_their_own() {
    let mut limits = generous();
    (limits.isolate.resources, limits.request.resources) = (1, 2);
    let source = format!(
        "{GREEK}
         const open = (count) => {{
             const decoders = Array.from({{ length: count }}, () => new TextDecoder('greek'));
             decoders.forEach(decode);
             return decoders;
         }};
         const kept = open(2);
         export default {{ fetch: () => new Response([...kept, ...open(3)].map(decode)) }}"
    );
    let answer = Worker::with_limits(&source, limits).text("/").await;
    assert_eq!(answer, "TypeError,αβ,TypeError,αβ,αβ");
}
