"use strict";
// Modules of Node.js that there is nothing behind: they can be imported, and what they export
// throws when it is called. Packages import them for what they may not do here.
//
// For each: its functions, then its classes behind a `|`.

const { withCode } = require("internal/errors");

const FS =
  "access appendFile chmod chown close copyFile cp createReadStream createWriteStream exists fchmod " +
  "fchown fdatasync fstat fsync ftruncate futimes glob lchmod lchown link lstat lutimes mkdir " +
  "mkdtemp open openAsBlob opendir read readFile readdir readlink readv realpath rename rm rmdir " +
  "stat statfs symlink truncate unlink unwatchFile utimes watch watchFile write writeFile writev";

const FS_SYNC =
  "accessSync appendFileSync chmodSync chownSync closeSync copyFileSync cpSync " +
  "fchmodSync fchownSync fdatasyncSync fstatSync fsyncSync ftruncateSync futimesSync globSync " +
  "lchmodSync lchownSync linkSync lstatSync lutimesSync mkdirSync mkdtempSync openSync opendirSync " +
  "readFileSync readSync readdirSync readlinkSync readvSync realpathSync renameSync rmSync rmdirSync " +
  "statSync statfsSync symlinkSync truncateSync unlinkSync utimesSync writeFileSync writeSync writevSync";

const DNS =
  "getDefaultResultOrder getServers lookup lookupService resolve resolve4 resolve6 resolveAny " +
  "resolveCaa resolveCname resolveMx resolveNaptr resolveNs resolvePtr resolveSoa resolveSrv " +
  "resolveTxt reverse setDefaultResultOrder setServers | Resolver";

const HTTP =
  "_connectionListener createServer get request setMaxIdleHTTPParsers validateHeaderName validateHeaderValue | " +
  "Agent ClientRequest IncomingMessage OutgoingMessage Server ServerResponse WebSocket";

const MODULES = {
  __proto__: null,
  child_process: "_forkChild exec execFile execFileSync execSync fork spawn spawnSync | ChildProcess",
  cluster: "disconnect fork setupMaster setupPrimary | Worker",
  dgram: "createSocket | Socket",
  dns: DNS,
  "dns/promises": DNS,
  domain: "create createDomain | Domain",
  fs: `${FS} ${FS_SYNC} existsSync | Dir Dirent FileReadStream FileWriteStream ReadStream Stats WriteStream`,
  "fs/promises": FS,
  http: HTTP,
  http2:
    "connect createSecureServer createServer getDefaultSettings getPackedSettings " +
    "getUnpackedSettings performServerHandshake | Http2ServerRequest Http2ServerResponse",
  https: "createServer get request | Agent Server",
  inspector: "close open url waitForDebugger | Session",
  "inspector/promises": "close open url waitForDebugger | Session",
  net:
    "connect createConnection createServer getDefaultAutoSelectFamily " +
    "getDefaultAutoSelectFamilyAttemptTimeout setDefaultAutoSelectFamily " +
    "setDefaultAutoSelectFamilyAttemptTimeout | BlockList Server Socket SocketAddress Stream",
  readline:
    "clearLine clearScreenDown createInterface cursorTo emitKeypressEvents moveCursor | Interface",
  "readline/promises": "createInterface | Interface Readline",
  repl: "isValidSyntax start writer | REPLServer Recoverable",
  sqlite: "backup | DatabaseSync StatementSync",
  test: "after afterEach before beforeEach describe it run skip suite test todo only",
  tls:
    "checkServerIdentity connect convertALPNProtocols createSecureContext createSecurePair createServer " +
    "getCiphers | SecureContext Server TLSSocket",
  trace_events: "createTracing getEnabledCategories",
  tty: "| ReadStream WriteStream",
  v8:
    "cachedDataVersionTag deserialize getHeapCodeStatistics getHeapSnapshot getHeapSpaceStatistics " +
    "getHeapStatistics queryObjects serialize setFlagsFromString setHeapSnapshotNearHeapLimit stopCoverage " +
    "takeCoverage writeHeapSnapshot | DefaultDeserializer DefaultSerializer Deserializer GCProfiler Serializer",
  vm: "compileFunction createContext createScript measureMemory runInContext runInNewContext runInThisContext | Module Script SourceTextModule SyntheticModule",
  wasi: "| WASI",
  worker_threads:
    "getEnvironmentData isMarkedAsUntransferable markAsUncloneable markAsUntransferable " +
    "moveMessagePortToContext postMessageToThread receiveMessageOnPort setEnvironmentData | Worker",
};

const METHODS =
  "ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK M-SEARCH MERGE MKACTIVITY MKCALENDAR MKCOL " +
  "MOVE NOTIFY OPTIONS PATCH POST PROPFIND PROPPATCH PURGE PUT QUERY REBIND REPORT SEARCH SOURCE SUBSCRIBE " +
  "TRACE UNBIND UNLINK UNLOCK UNSUBSCRIBE";

const STATUS_CODES = {
  100: "Continue", 101: "Switching Protocols", 102: "Processing", 103: "Early Hints", 200: "OK",
  201: "Created", 202: "Accepted", 203: "Non-Authoritative Information", 204: "No Content",
  205: "Reset Content", 206: "Partial Content", 207: "Multi-Status", 208: "Already Reported",
  226: "IM Used", 300: "Multiple Choices", 301: "Moved Permanently", 302: "Found", 303: "See Other",
  304: "Not Modified", 305: "Use Proxy", 307: "Temporary Redirect", 308: "Permanent Redirect",
  400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
  405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required",
  408: "Request Timeout", 409: "Conflict", 410: "Gone", 411: "Length Required",
  412: "Precondition Failed", 413: "Payload Too Large", 414: "URI Too Long",
  415: "Unsupported Media Type", 416: "Range Not Satisfiable", 417: "Expectation Failed",
  418: "I'm a Teapot", 421: "Misdirected Request", 422: "Unprocessable Entity", 423: "Locked",
  424: "Failed Dependency", 425: "Too Early", 426: "Upgrade Required", 428: "Precondition Required",
  429: "Too Many Requests", 431: "Request Header Fields Too Large", 451: "Unavailable For Legal Reasons",
  500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
  504: "Gateway Timeout", 505: "HTTP Version Not Supported", 506: "Variant Also Negotiates",
  507: "Insufficient Storage", 508: "Loop Detected", 509: "Bandwidth Limit Exceeded", 510: "Not Extended",
  511: "Network Authentication Required",
};

const FS_CONSTANTS = {
  F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1, COPYFILE_EXCL: 1, COPYFILE_FICLONE: 2, COPYFILE_FICLONE_FORCE: 4,
  O_RDONLY: 0, O_WRONLY: 1, O_RDWR: 2, O_CREAT: 64, O_EXCL: 128, O_NOCTTY: 256, O_TRUNC: 512,
  O_APPEND: 1024, O_DIRECTORY: 65536, O_NOATIME: 262144, O_NOFOLLOW: 131072, O_SYNC: 1052672,
  O_DSYNC: 4096, O_DIRECT: 16384, O_NONBLOCK: 2048, S_IFMT: 61440, S_IFREG: 32768, S_IFDIR: 16384,
  S_IFCHR: 8192, S_IFBLK: 24576, S_IFIFO: 4096, S_IFLNK: 40960, S_IFSOCK: 49152, S_IRWXU: 448,
  S_IRUSR: 256, S_IWUSR: 128, S_IXUSR: 64, S_IRWXG: 56, S_IRGRP: 32, S_IWGRP: 16, S_IXGRP: 8,
  S_IRWXO: 7, S_IROTH: 4, S_IWOTH: 2, S_IXOTH: 1,
};

const HTTP2_CONSTANTS = {
  HTTP2_HEADER_STATUS: ":status", HTTP2_HEADER_METHOD: ":method", HTTP2_HEADER_AUTHORITY: ":authority",
  HTTP2_HEADER_SCHEME: ":scheme", HTTP2_HEADER_PATH: ":path", HTTP2_HEADER_CONTENT_TYPE: "content-type",
  HTTP2_HEADER_CONTENT_LENGTH: "content-length", HTTP2_METHOD_GET: "GET", HTTP2_METHOD_POST: "POST",
  NGHTTP2_NO_ERROR: 0, NGHTTP2_CANCEL: 8, NGHTTP2_REFUSED_STREAM: 7,
};

const ADDRESS_4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

function isIPv6(text) {
  const address = `${text}`.replace(/%[0-9a-zA-Z-.:]+$/, "");
  if (!/^[0-9a-fA-F:.]+$/.test(address)) {
    return false;
  }
  try {
    return new URL(`http://[${address}]/`).hostname !== "";
  } catch {
    return false;
  }
}

function constantsOf(name) {
  switch (name) {
    case "fs":
      return { ...pick(FS_CONSTANTS, ["F_OK", "R_OK", "W_OK", "X_OK"]), constants: Object.freeze({ ...FS_CONSTANTS }) };
    case "fs/promises":
      return { constants: Object.freeze({ ...FS_CONSTANTS }) };
    case "http":
      return { METHODS: METHODS.split(" "), STATUS_CODES: { ...STATUS_CODES }, maxHeaderSize: 16384 };
    case "http2":
      return { constants: { ...HTTP2_CONSTANTS }, sensitiveHeaders: Symbol("nodejs.http2.sensitiveHeaders") };
    case "net": {
      const isIPv4 = (text) => ADDRESS_4.test(`${text}`);
      return { isIP: (text) => (isIPv4(text) ? 4 : isIPv6(text) ? 6 : 0), isIPv4, isIPv6 };
    }
    case "tty":
      return { isatty: () => false };
    case "vm":
      return { isContext: () => false, constants: Object.freeze({ __proto__: null }) };
    case "cluster":
      return { isMaster: true, isPrimary: true, isWorker: false, workers: {}, settings: {}, SCHED_NONE: 1, SCHED_RR: 2, schedulingPolicy: 2 };
    case "worker_threads": {
      const { BroadcastChannel, MessageChannel, MessagePort } = globalThis;
      return {
        BroadcastChannel, MessageChannel, MessagePort, SHARE_ENV: Symbol.for("nodejs.worker_threads.SHARE_ENV"),
        isInternalThread: false, isMainThread: true, parentPort: null, resourceLimits: {}, threadId: 0, workerData: null,
      };
    }
    case "dns":
    case "dns/promises":
      return {
        ADDRCONFIG: 32, ALL: 16, V4MAPPED: 8, NODATA: "ENODATA", NOTFOUND: "ENOTFOUND", TIMEOUT: "ETIMEOUT",
        SERVFAIL: "ESERVFAIL", REFUSED: "EREFUSED", CANCELLED: "ECANCELLED",
      };
    case "tls":
      return { DEFAULT_CIPHERS: "", DEFAULT_ECDH_CURVE: "auto", DEFAULT_MAX_VERSION: "TLSv1.3", DEFAULT_MIN_VERSION: "TLSv1.2", CLIENT_RENEG_LIMIT: 3, CLIENT_RENEG_WINDOW: 600, rootCertificates: [] };
    case "domain":
      return { active: null };
    case "repl":
      return { builtinModules: [], REPL_MODE_SLOPPY: Symbol("repl-sloppy"), REPL_MODE_STRICT: Symbol("repl-strict") };
    case "v8":
      return { startupSnapshot: { isBuildingSnapshot: () => false }, promiseHooks: {} };
    case "inspector":
    case "inspector/promises":
      return { Network: {}, console: globalThis.console };
    default:
      return {};
  }
}

const pick = (from, keys) => Object.fromEntries(keys.map((key) => [key, from[key]]));

function throwing(module, member) {
  const message = `node:${module} is not available here: ${member} was called`;
  const { [member]: call } = {
    [member]() {
      const error = withCode(new Error(message), "ERR_METHOD_NOT_IMPLEMENTED", call);
      throw error;
    },
  };
  return call;
}

// A class that may be extended, and not constructed.
function classOf(module, member) {
  const { [member]: Class } = {
    [member]: class {
      constructor() {
        throw withCode(
          new Error(`node:${module} is not available here: ${member} was constructed`),
          "ERR_METHOD_NOT_IMPLEMENTED", Class,
        );
      }
    },
  };
  return Class;
}

function make(name) {
  const [functions, classes = ""] = MODULES[name].split("|");
  const exported = {};
  for (const member of functions.split(" ").filter((text) => text !== "")) {
    exported[member] = throwing(name, member);
  }
  for (const member of classes.split(" ").filter((text) => text !== "")) {
    exported[member] = classOf(name, member);
  }
  Object.assign(exported, constantsOf(name));
  return exported;
}

const exported = make(module.id);

// What is made of other modules, or is safe to ask.
switch (module.id) {
  case "fs":
    // There is no file.
    exported.existsSync = () => false;
    exported.realpath.native = exported.realpath;
    exported.realpathSync.native = exported.realpathSync;
    Object.defineProperty(exported, "promises", {
      __proto__: null, configurable: true, enumerable: true, get: () => require("fs/promises"),
    });
    break;
  case "dns":
    exported.promises = make("dns/promises");
    break;
  case "readline":
    exported.promises = make("readline/promises");
    break;
  case "http":
  case "https":
    exported.globalAgent = Object.create(exported.Agent.prototype);
    break;
  case "test":
    Object.assign(exported.test, exported);
    break;
  default:
}

module.exports = exported;
