// A host of the journeys' own for a tree that the real program built: it can lie
// about single files, be slow, and go off the net.
import fs from "node:fs";
import http from "node:http";
import path from "node:path";

const types = { html: "text/html; charset=utf-8", js: "text/javascript", css: "text/css", svg: "image/svg+xml", woff2: "font/woff2" };

/** startHost serves a folder on a free port, with more headers where they are given. */
export async function startHost(dir, { headers = () => ({}) } = {}) {
  const host = {
    address: "",
    headers,
    /** path → bytes to serve in its place, or null to withhold it */
    lies: new Map(),
    /** bytes a second, or 0 for as many as it can */
    rate: 0,
    /** goes off the net */
    async stop() {
      const closed = new Promise((resolve) => { server.close(resolve); });
      server.closeAllConnections();
      await closed;
    },
    /** comes back, at the same address */
    async again() {
      await listen(Number(new URL(host.address).port));
    },
  };
  let server;
  const listen = async (port) => {
    server = http.createServer((request, response) => answer(host, dir, request, response));
    await new Promise((resolve) => { server.listen(port, "localhost", resolve); });
    host.address = `http://localhost:${server.address().port}`;
  };
  await listen(0);
  return host;
}

function answer(host, dir, request, response) {
  const asked = new URL(request.url, "http://x").pathname.slice(1);
  const name = asked === "" ? "index.html" : asked;
  const found = host.lies.has(name) ? host.lies.get(name) : read(dir, name);
  const body = found ?? read(dir, "404.html");
  const type = types[(found === null ? "404.html" : name).split(".").pop()] ?? "application/octet-stream";
  response.writeHead(found === null ? 404 : 200, { ...host.headers(), "Content-Type": type, "Content-Length": body.length, "Cache-Control": "no-cache" });
  send(host, response, body);
}

function read(dir, name) {
  const file = path.join(dir, path.normalize("/" + name));
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() ? fs.readFileSync(file) : null;
}

/** All answers share one line: what is sent waits for what was sent before. */
let freeAt = 0;

function send(host, response, body) {
  const part = host.rate === 0 ? body : body.subarray(0, Math.ceil(host.rate / 20));
  if (host.rate > 0) freeAt = Math.max(Date.now(), freeAt) + (1000 * part.length) / host.rate;
  const whole = part.length === body.length;
  setTimeout(() => {
    if (response.destroyed) return;
    if (whole) response.end(part);
    else response.write(part, () => send(host, response, body.subarray(part.length)));
  }, host.rate === 0 ? 0 : freeAt - Date.now());
}
