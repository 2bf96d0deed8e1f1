// A blob of a petabyte as the answer.
// ends: 200, 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception

export default {
  async fetch(request, env, context) {
    let blob = new Blob([new Uint8Array(1 << 20)]);
    for (let i = 0; i < 30; i++) blob = new Blob([blob, blob]);
    return new Response(blob);
  },
};
