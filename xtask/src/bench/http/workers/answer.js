const TEXT = 'sixteen letters.'.repeat(4096);

export default {
  fetch() {
    return new Response(TEXT);
  },
};
