// A fetch where there is no request.
// ends: 500 InitializationError

await fetch('http://a.test/');
export default {};
