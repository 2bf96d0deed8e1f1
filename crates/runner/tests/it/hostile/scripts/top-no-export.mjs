// A module without a handler.
// ends: 500 InitializationError

export const fetch = () => new Response('x');
