// A module that is not there.
// ends: 500 InitializationError

import missing from './missing.mjs';
export default { fetch: () => new Response(missing) };
