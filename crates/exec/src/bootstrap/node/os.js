"use strict";
// node:os: constants, which say nothing of the machine.

const SIGNALS = {
  SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGILL: 4, SIGTRAP: 5, SIGABRT: 6, SIGIOT: 6, SIGBUS: 7, SIGFPE: 8,
  SIGKILL: 9, SIGUSR1: 10, SIGSEGV: 11, SIGUSR2: 12, SIGPIPE: 13, SIGALRM: 14, SIGTERM: 15, SIGCHLD: 17,
  SIGCONT: 18, SIGSTOP: 19, SIGTSTP: 20, SIGTTIN: 21, SIGTTOU: 22, SIGURG: 23, SIGXCPU: 24, SIGXFSZ: 25,
  SIGVTALRM: 26, SIGPROF: 27, SIGWINCH: 28, SIGIO: 29, SIGPOLL: 29, SIGPWR: 30, SIGSYS: 31,
};

const ERRNO = {
  E2BIG: 7, EACCES: 13, EADDRINUSE: 98, EADDRNOTAVAIL: 99, EAGAIN: 11, EBADF: 9, EBUSY: 16,
  ECANCELED: 125, ECONNABORTED: 103, ECONNREFUSED: 111, ECONNRESET: 104, EEXIST: 17, EFAULT: 14,
  EFBIG: 27, EHOSTUNREACH: 113, EINTR: 4, EINVAL: 22, EIO: 5, EISCONN: 106, EISDIR: 21, ELOOP: 40,
  EMFILE: 24, EMSGSIZE: 90, ENAMETOOLONG: 36, ENETDOWN: 100, ENETUNREACH: 101, ENOBUFS: 105, ENOENT: 2,
  ENOMEM: 12, ENOSPC: 28, ENOSYS: 38, ENOTCONN: 107, ENOTDIR: 20, ENOTEMPTY: 39, ENOTSOCK: 88,
  ENOTSUP: 95, EPERM: 1, EPIPE: 32, EPROTO: 71, ERANGE: 34, EROFS: 30, ESPIPE: 29, ESRCH: 3,
  ETIMEDOUT: 110, EWOULDBLOCK: 11, EXDEV: 18,
};

const PRIORITY = {
  PRIORITY_LOW: 19, PRIORITY_BELOW_NORMAL: 10, PRIORITY_NORMAL: 0, PRIORITY_ABOVE_NORMAL: -7,
  PRIORITY_HIGH: -14, PRIORITY_HIGHEST: -20,
};

const constants = Object.freeze({
  __proto__: null,
  UV_UDP_REUSEADDR: 4,
  dlopen: Object.freeze({ __proto__: null, RTLD_LAZY: 1, RTLD_NOW: 2, RTLD_GLOBAL: 256, RTLD_LOCAL: 0 }),
  errno: Object.freeze({ __proto__: null, ...ERRNO }),
  priority: Object.freeze({ __proto__: null, ...PRIORITY }),
  signals: Object.freeze({ __proto__: null, ...SIGNALS }),
});

// What is a string says so when it is used as one, too.
function text(value) {
  const get = () => value;
  get[Symbol.toPrimitive] = get;
  return get;
}

module.exports = {
  EOL: "\n",
  arch: text("x64"),
  availableParallelism: () => 1,
  constants,
  cpus: () => [],
  devNull: "/dev/null",
  endianness: text("LE"),
  freemem: () => 128 << 20,
  getPriority: () => 0,
  homedir: text("/"),
  hostname: text("localhost"),
  loadavg: () => [0, 0, 0],
  machine: text("x86_64"),
  networkInterfaces: () => ({}),
  platform: text("linux"),
  release: text(""),
  setPriority: () => undefined,
  tmpdir: text("/tmp"),
  totalmem: () => 128 << 20,
  type: text("Linux"),
  uptime: () => performance.now() / 1000,
  userInfo: () => ({ gid: -1, homedir: "/", shell: null, uid: -1, username: "worker" }),
  version: text(""),
};
