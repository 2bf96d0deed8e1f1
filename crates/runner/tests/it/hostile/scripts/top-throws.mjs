// A top level that throws.
// ends: 500 InitializationError

throw new Error('tenant text');
export default {};
