// 1 MiB in 16 chunks, each written when the stream asks for it.
const CHUNK = new TextEncoder().encode('sixteen letters.'.repeat(4096));

export default {
  fetch() {
    let chunks = 0;
    const body = new ReadableStream({
      pull(controller) {
        // A view of its own: who takes a chunk may take its buffer away.
        controller.enqueue(CHUNK.slice());
        if (++chunks === 16) controller.close();
      },
    });
    return new Response(body);
  },
};
