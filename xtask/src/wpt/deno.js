// Calls the worker of a test under Deno, and prints its answer as `runner run` does.
const { exit, stdout } = Deno;
const { Response, TextEncoder, setInterval } = globalThis;
const text = Response.prototype.text;
const encode = TextEncoder.prototype.encode;

// What a test leaves unhandled is told to its harness, and is not the end of the program.
for (const type of ["error", "unhandledrejection"]) {
  globalThis.addEventListener(type, (event) => event.preventDefault());
}

// A test that waits for what does not come waits until its harness gives it up.
setInterval(() => {}, 1000);

const { default: worker } = await import(`file://${Deno.args[0]}`);
const body = await Reflect.apply(text, await worker.fetch(), []);
let left = Reflect.apply(encode, new TextEncoder(), [`HTTP/1.1 200 OK\n\n${body}`]);
while (left.length > 0) {
  left = left.subarray(stdout.writeSync(left));
}
exit(0);
