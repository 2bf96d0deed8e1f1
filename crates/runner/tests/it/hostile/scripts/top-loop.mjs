// A loop at the top level (lesson 19).
// ends: 429 CpuTimeLimit, 500 InitializationError

while (true);
export default {};
