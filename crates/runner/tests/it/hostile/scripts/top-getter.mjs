// A handler that is never found.
// ends: 429 CpuTimeLimit, 500 InitializationError

export default {
  get fetch() {
    while (true);
  },
};
