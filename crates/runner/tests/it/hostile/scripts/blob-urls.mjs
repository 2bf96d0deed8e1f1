// URLs of Blobs without end, none of which is revoked.
// ends: 429 MemoryLimit, 429 CpuTimeLimit
// then: fine
export default {
  fetch(request) {
    if (request.url.endsWith("fine")) {
      return new Response("fine");
    }
    for (;;) {
      URL.createObjectURL(new Blob(["x".repeat(1000)]));
    }
  },
};
