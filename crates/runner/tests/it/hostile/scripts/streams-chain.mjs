// A chain of transforms, each of which makes two of one.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    let stream = new ReadableStream({ start(c) { c.enqueue("a"); c.close(); } });
    for (let i = 0; i < 64; i++) {
      stream = stream.pipeThrough(new TransformStream({ transform(chunk, c) { c.enqueue(chunk); c.enqueue(chunk); } }));
    }
    for await (const chunk of stream) globalThis.last = chunk;
    return new Response("ended");
  },
};
