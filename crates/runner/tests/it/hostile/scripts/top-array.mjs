// A log of a large array at the top level.
// ends: 200, 429 MemoryLimit, 500 InitializationError, 429 CpuTimeLimit

console.log(new Array(1e6).fill(1));
export default { fetch: () => new Response('ended') };
