//! Stacks that a worker reads, logs and ends with name what was written, each once.

use runner::IsolatePool;

use super::{load, project};
use crate::support::{World, options, send, text_of};

/// Lines that are not there in what runs, so that a place which is translated twice would be another one.
const WORKER: &str = "interface A { a: string }
interface B { b: string }
interface C { c: string }

type D = A & B & C;
function fails(d?: D): never {
  throw new Error('thrown');
}

interface E { e: string }
interface F { f: string }
export default {
  fetch(request: Request): Response {
    try { fails() } catch (error) {
      const { stack } = error as Error;
      console.error(error);
      console.log(stack);
      if (request.url.endsWith('/throw')) throw error;
      return new Response(stack);
    }
  },
};
";

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_is_translated_once_wherever_it_is_shown() {
    let directory = project(&[("src/w.ts", WORKER.as_bytes())]);
    let source = load(&directory.path().join("src/w.ts"));
    assert!(source.code().main().map().is_some());
    let script = source.script().clone().with_name("w.ts");
    let (pool, world) = (IsolatePool::new(options()).unwrap(), World::new());
    let stack = text_of(send(&pool, "w", &script, &world, "/").await);
    let frames = "Error: thrown\n    at fails (w.ts:7:9)\n    at Object.fetch (w.ts:14:";
    assert!(stack.starts_with(frames), "{stack}");
    let logged =
        |lines: Vec<(Option<String>, String)>| lines.into_iter().map(|(_, line)| line).collect::<Vec<_>>();
    for line in logged(world.lines()) {
        assert!(line.starts_with(frames), "{line}");
    }
    let failure = send(&pool, "w", &script, &world, "/throw").await.unwrap_err();
    assert!(failure.stack.unwrap().starts_with(frames));
    let place = failure.location.unwrap();
    assert_eq!(
        (place.to_string().as_str(), place.excerpt.trim()),
        ("w.ts:7:9", "throw new Error('thrown');")
    );
    assert_eq!(logged(world.lines()).len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_map_that_is_none_leaves_stacks_as_they_are() {
    let lines = ";".repeat(9 << 20);
    for map in ["", "{", "null", "{\"version\":3,\"sources\":[],\"names\":[],\"mappings\":\"AAAA\"}", &lines]
    {
        let code = exec::WorkerCode::new(
            exec::Module::esm("w.js", "export default { fetch: () => new Response(new Error('x').stack) }")
                .with_map(map),
        );
        let script = runner::workers::WorkerSource::of_code("w.js", code).script().clone();
        let pool = IsolatePool::new(options()).unwrap();
        let stack = text_of(send(&pool, "w", &script, &World::new(), "/").await);
        assert!(stack.starts_with("Error: x\n    at Object.fetch (w.js:1:"), "{stack}");
    }
}
