// Microtasks at the top level.
// ends: 429 CpuTimeLimit, 500 InitializationError

(async () => {
  while (true) await 0;
})();
export default {};
