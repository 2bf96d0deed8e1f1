// How objects of the platform classes are shown, whose state is private.
(function (internals) {
  "use strict";
  const { append } = internals.webidl;

  const list = [];

  // `isKind(object)` says whether it is of the class, `fieldsOf(object)` gives what to
  // show of it.
  function add(isKind, name, fieldsOf) {
    append(list, { __proto__: null, isKind, name, fieldsOf });
  }

  internals.platformClasses = { __proto__: null, add, list };
})
