// An array made at the top level that is four times the heap limit.
// ends: 429 MemoryLimit, 429 CpuTimeLimit, 500 InitializationError

const kept = new Array(2 ** 25).fill(0);
export default { fetch: () => new Response(`${kept.length}`) };
