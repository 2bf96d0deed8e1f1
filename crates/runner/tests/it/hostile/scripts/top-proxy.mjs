// A handler that a Proxy makes up.
// ends: 429 CpuTimeLimit, 500 InitializationError

export default new Proxy({}, {
  get() {
    while (true);
  },
});
