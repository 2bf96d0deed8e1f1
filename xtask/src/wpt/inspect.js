// Which of the interfaces of a table this worker has, and with which members:
// the answer has null for an interface that is missing, else the names that it
// lacks.
const TABLE = [["the table", "is written here"]];

export default {
  fetch() {
    return Response.json(TABLE.map(([path, ...members]) => {
      const found = path === "global" ? globalThis : find(path);
      return found === undefined ? null : members.filter((member) => !has(found, member));
    }));
  },
};

function find(path) {
  let found = globalThis;
  for (const name of path.split(".")) {
    found = found?.[name];
  }
  return found;
}

function has(found, member) {
  if (member.startsWith(".")) {
    return member.slice(1) in found;
  }
  return member in (typeof found === "function" ? found.prototype : found);
}
