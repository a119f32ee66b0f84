// The wire between a browser and the real server: it can break, wait, and
// change what comes over it, as a bad line or a cheating host would.
import http from "node:http";

/** A proxy on a free port of localhost before the server at `address`. */
export class Wire {
  #server;
  #waiting = new Map();
  #changes = [];
  #losses = [];
  #down = false;
  #pace = 0;
  #free = 0;
  /** Says of each request whether it should `pass`, be `cut`, or be refused as a filter does that knows only GET and POST: `refuse`. */
  before;
  /** Bytes of bodies that went to the browser. */
  served = 0;

  constructor(address) {
    this.upstream = new URL(address);
  }

  async start() {
    this.#server = http.createServer((request, response) => { void this.#pass(request, response); });
    await new Promise((resolve) => { this.#server.listen(0, "localhost", resolve); });
    this.address = `http://localhost:${this.#server.address().port}`;
    /** The same by the machine's number. */
    this.byNumber = `http://${this.#server.address().family === "IPv6" ? "[::1]" : "127.0.0.1"}:${this.#server.address().port}`;
    return this;
  }

  async stop() {
    this.mend();
    this.#server.closeAllConnections();
    await new Promise((resolve) => { this.#server.close(resolve); });
  }

  /** Nothing comes through until mend. */
  cut() {
    this.#down = true;
    this.#server.closeAllConnections();
  }

  /** What is asked for under a path waits until mend. */
  hold(path) {
    let release;
    const released = new Promise((resolve) => { release = resolve; });
    this.#waiting.set(path, { released, release });
  }

  /** Bytes of paths that match go through `change`. */
  change(match, change) {
    this.#changes.push({ match, change });
  }

  /** The answer to what is asked for at paths that match never comes, though it was asked for. */
  lose(match) {
    this.#losses.push(match);
  }

  /** Lets through so many bytes a second in all; 0 is no limit. */
  pace(bytes) {
    this.#pace = bytes;
  }

  /** As it should be. */
  mend() {
    this.#down = false;
    for (const { release } of this.#waiting.values()) release();
    this.#waiting.clear();
    this.#changes = [];
    this.#losses = [];
    this.before = undefined;
  }

  async #pass(request, response) {
    const path = new URL(request.url, this.address).pathname;
    if (this.#down) return request.socket.destroy();
    switch (this.before?.(request)) {
      case "cut":
        return request.socket.destroy();
      case "refuse":
        request.resume();
        response.writeHead(405, { "Content-Type": "text/html" });
        return response.end("<h1>Method not allowed</h1>");
    }
    for (const [start, { released }] of this.#waiting) if (path.startsWith(start)) await released;
    const headers = { ...request.headers, host: this.upstream.host };
    delete headers["if-none-match"];
    delete headers["if-modified-since"];
    const asked = http.request({ host: this.upstream.hostname, port: this.upstream.port, path: request.url, method: request.method, headers }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", async () => {
        if (this.#losses.some((match) => match.test(path))) return request.socket.destroy();
        let body = Buffer.concat(parts);
        for (const { match, change } of this.#changes) if (match.test(path)) body = change(body);
        const said = { ...answer.headers };
        delete said["transfer-encoding"];
        if (request.method !== "HEAD") said["content-length"] = String(body.length);
        this.served += body.length;
        await this.#turn(body.length);
        response.writeHead(answer.statusCode, said);
        response.end(body);
      });
    });
    asked.on("error", () => { request.socket.destroy(); });
    request.pipe(asked);
  }

  /** Waits as long as bytes take on a line that all answers share. */
  async #turn(bytes) {
    if (this.#pace === 0) return;
    this.#free = Math.max(this.#free, Date.now()) + (bytes / this.#pace) * 1000;
    await new Promise((resolve) => { setTimeout(resolve, this.#free - Date.now()); });
  }
}
