// Functions of the runtime in the frames of a stack.
// ends: 200
// then: fine

const handlers = { fetch() {} };

export default {
  async fetch(request, env, context) {
    if (request.url.endsWith("/fine")) {
      return new Response("fine");
    }
    Error.prepareStackTrace = (error, frames) => frames;
    const frames = new Error('x').stack;
    Error.prepareStackTrace = undefined;
    if (Array.isArray(frames)) {
      for (const frame of frames) {
        if (frame.getThis?.() !== undefined && frame.getThis() !== null && frame.getThis() !== globalThis && frame.getThis() !== handlers) throw new Error('this');
        const called = frame.getFunction?.();
        if (called !== undefined && called !== null && called !== handlers.fetch) throw new Error('function');
      }
    }
    return new Response("ended");
  },
};
