// workerd has one worker behind a socket; this one hands requests on to the worker that the path begins with.
export default {
  fetch(request, env) {
    const [, name] = new URL(request.url).pathname.split('/');
    return env[name].fetch(request);
  },
};
