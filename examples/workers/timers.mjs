// Waits as long as `?ms=` says before it answers, and goes on working once it has answered.

const MAX_DELAY = 10_000;

export default {
  async fetch(request, env, ctx) {
    const ms = Number(new URL(request.url).searchParams.get('ms') ?? 100);
    if (!(ms >= 0 && ms <= MAX_DELAY)) {
      return new Response(`ms must be a number from 0 to ${MAX_DELAY}\n`, { status: 400 });
    }
    // While this waits, nobody holds the isolate: other requests run on it.
    const started = Date.now();
    await sleep(ms);
    const waited = Date.now() - started;

    // The response does not wait for this, but the request is over only after it.
    ctx.waitUntil(afterwards(waited));
    return Response.json({ asked: ms, waited });
  },
};

async function afterwards(waited) {
  await sleep(50);
  console.log(`answered 50 ms ago, after waiting for ${waited} ms`);
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
