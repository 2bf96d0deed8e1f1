// A stand-in for the store of `caches`: it keeps everything for ever. What headers say is left to the real one.

const valueOf = (list, name) => {
  const values = [];
  for (let i = 0; i < list.length; i += 2) if (list[i] === name) values.push(list[i + 1]);
  return values.length === 0 ? null : values.join(", ");
};
const textOf = (list) => list.map((part) => `${part}\n`).join("");
const withoutQuery = (url) => url.split("?")[0];

export function cacheHost(puts) {
  const named = new Map();
  const unnamed = [];
  const copy = (list) => Array.from({ length: list.length }, (_, i) => list[i]);
  const listOf = (name) => {
    if (name === undefined) return [unnamed, ...named.values()].flat();
    return name === null ? unnamed : named.get(name) ?? [];
  };
  const suits = (entry, headers) => (valueOf(entry.head[2], "vary") ?? "").toLowerCase().split(",").map((name) => name.trim())
    .every((name) => name === "" || valueOf(entry.headers, name) === valueOf(headers, name));
  const matching = (name, key, flags) => listOf(name).filter((entry) => key === undefined ||
    ((flags & 1 ? withoutQuery(entry.url) === withoutQuery(key[0]) : entry.url === key[0]) && (flags & 2 || suits(entry, copy(key[1])))));
  const answer = ({ body, coded, head: [status, text, headers, type, url, redirected] }) =>
    [status, text, textOf(headers), body, coded, type, url, redirected];
  const open = (name) => named.get(name) ?? named.set(name, []).get(name);
  const keep = (name, entry) => {
    const list = name === null ? unnamed : open(name);
    const rest = list.filter((old) => old.url !== entry.url || !suits(old, entry.headers));
    list.splice(0, list.length, ...rest, entry);
  };
  return {
    cacheOpen: (request, name) => void open(name),
    cacheHas: (request, name) => named.has(name),
    cacheDelete: (request, name) => named.delete(name),
    cacheNames: () => [...named.keys()],
    cacheMatch: (request, name, key, flags) => matching(name, key, flags).slice(0, 1).map(answer)[0],
    cacheMatchAll: (request, name, key, flags) => matching(name, key, flags).map(answer),
    cacheKeys: (request, name, key, flags) => matching(name, key, flags).flatMap(({ url, headers }) => [url, textOf(headers)]),
    cacheRemove: (request, name, key, flags) => {
      const gone = matching(name, key, flags);
      const list = listOf(name);
      for (const entry of gone) list.splice(list.indexOf(entry), 1);
      return gone.length > 0;
    },
    // A body that streams stays with whoever runs the test.
    cachePut: (request, id, name, key, head, body) => {
      const kept = typeof body === "string" ? new TextEncoder().encode(body) : body;
      const entry = { url: key[0], headers: copy(key[1]), head: [...copy(head).slice(0, 2), copy(head[2]), ...copy(head).slice(3)], body: kept, coded: false };
      if (valueOf(entry.head[2], "cache-control") === "no-store") return true;
      if (typeof body === "number") {
        puts.push({ request, id, body, keep: (bytes) => keep(name, { ...entry, body: bytes }) });
        return undefined;
      }
      keep(name, entry);
      return true;
    },
  };
}
