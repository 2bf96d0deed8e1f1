// Memory used up at the top level.
// ends: 429 MemoryLimit, 429 CpuTimeLimit, 500 InitializationError

const kept = [];
while (true) {
  kept.push(new Array(1000).fill(kept.length));
}
export default {};
