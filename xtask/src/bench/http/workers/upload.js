export default {
  async fetch(request) {
    const bytes = new Uint8Array(await request.arrayBuffer());
    return new Response(`${bytes.length} ${bytes[0]} ${bytes.at(-1)}`);
  },
};
