// Tasks: what is to run later, each with its microtasks, in turns of a request.
//
// A task belongs to the request whose code posts it, and keeps that request
// waiting, like a timer that is due. Those that are there when the request has
// its answer run before it ends.
//
// What is left then (posted by those last tasks, or cut off by a limit or a
// client that went away) is kept for a request that waits for nothing but time,
// which would wait for ever otherwise; code that goes on after the end of its
// request posts such tasks as well, for requests that have nothing of their own
// to wait for. There are few of them: what they hold on to is the garbage of
// requests that are over. Tasks of the top level go to the next request.
//
// A task is an object with the methods run() and discard(), which do not throw.
(function (internals) {
  "use strict";
  const { find } = internals.requests;
  const { currentRequest, taskAdd } = internals.host;

  const MAX_LEFT = 16;

  // Queues, made when first needed.
  let early = null;
  // Posted before the end of their request, and after it.
  let left = null;
  let late = null;

  function give(state, task) {
    state.tasks ??= new internals.queue.Queue();
    state.tasks.push(task);
    taskAdd(state.id);
  }

  function keep(queue, task) {
    queue.push(task);
    if (queue.length > MAX_LEFT) {
      queue.shift().discard();
    }
  }

  function post(task) {
    const id = currentRequest();
    if (id === 0) {
      early ??= new internals.queue.Queue();
      early.push(task);
      return;
    }
    const state = find(id);
    if (state !== undefined) {
      give(state, task);
      return;
    }
    late ??= new internals.queue.Queue();
    keep(late, task);
    // Wakes a request that waits for nothing.
    taskAdd(0);
  }

  // For the host: runs the oldest task of a request.
  function run(requestId) {
    const state = find(requestId);
    if (state !== undefined && hasTasks(state)) {
      state.tasks.shift().run();
    }
  }

  const hasTasks = (state) => state.tasks !== null && state.tasks.length !== 0;

  function giveAll(state, queue) {
    while (queue.length !== 0) {
      give(state, queue.shift());
    }
  }

  function discardAll(queue) {
    while (queue !== null && queue.length !== 0) {
      queue.shift().discard();
    }
  }

  // A request begins.
  function begin(state) {
    if (early !== null) {
      giveAll(state, early);
      early = null;
    }
  }

  // The request has ended. What is left stays if there is room for it.
  function leave(state, hasRoom) {
    const { tasks } = state;
    if (!hasRoom) {
      discardAll(tasks);
      discardAll(left);
      discardAll(late);
      return;
    }
    left ??= new internals.queue.Queue();
    while (tasks.length !== 0) {
      keep(left, tasks.shift());
    }
  }

  // The request waits for nothing but time, or if it is `stalled` for nothing at
  // all, and gets what others have left.
  function inherit(state, stalled) {
    if (left !== null) {
      giveAll(state, left);
    }
    if (late !== null && stalled) {
      giveAll(state, late);
    }
  }

  internals.tasks = { __proto__: null, begin, hasTasks, inherit, leave, post, run };
})
