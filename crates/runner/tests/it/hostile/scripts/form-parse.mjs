// A form with a million delimiters.
// ends: 429 CpuTimeLimit, 429 MemoryLimit, 500 Exception, 200
// then: fine

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    const body = "--x\r\ncontent-disposition: form-data; name=a\r\n\r\n\r\n".repeat(1e6) + "--x--";
    await new Response(body, { headers: { "content-type": "multipart/form-data; boundary=x" } }).formData();
    return new Response("ended");
  },
};
