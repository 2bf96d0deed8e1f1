// A class that never comes to be, at the top level.
// ends: 429 CpuTimeLimit, 500 InitializationError

export default class {
  static {
    while (true);
  }
}
