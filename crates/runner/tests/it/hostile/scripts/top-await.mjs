// A top level that waits for nothing.
// ends: 500 InitializationError, 500 NeverResponds

await new Promise(() => {});
export default {};
