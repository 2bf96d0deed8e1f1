export default {
  fetch() {
    return new Response('worker NUMBER');
  },
};
