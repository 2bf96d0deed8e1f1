// A timer where there is no request.
// ends: 500 InitializationError

setTimeout(() => {}, 1);
export default {};
