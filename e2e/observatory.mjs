// Scores pages and refusals as our own server sends them, site and drop-box, with
// MDN's HTTP Observatory, over real TLS: a proxy ends it and adds what
// docs/operations.md asks of whoever ends it, HSTS and the way from http to https.
// Fails under 135, the most that a site gets that sets no cookie and is on no
// browser's list, where a page may ask for its scripts by their hashes; under 130
// where none may: what can be opened from a folder too, and answers without a script.
//   node e2e/observatory.mjs [folder of the Observatory's package]
import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import https from "node:https";
import os from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Boxed } from "./box.mjs";

/** What is asked for, the status that shows that it is what is meant, and the least that it gets. */
const paths = [
  ["/", 200, 135], ["/about/help.html", 200, 130], ["/about/accessibility.html", 200, 130], ["pub", 200, 130],
  ["/nothing-here.html", 404, 135], ["/s/nothing.html", 404, 135], ["/b/00/nothing.age", 404, 135],
  ["/box/nothing", 404, 130], ["/box/login", 405, 130], ["/box/receipts", 401, 130],
];
const here = path.dirname(fileURLToPath(import.meta.url));
const observatory = process.argv[2] ?? path.join(here, "../.tools/observatory/node_modules/@mdn/mdn-http-observatory");

if (process.env.OBSERVED === undefined) await serveAndScan();
else await scan(JSON.parse(process.env.OBSERVED));

async function serveAndScan() {
  const boxed = await new Boxed().start();
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "despatch-observatory-"));
  const [key, cert] = ["key.pem", "cert.pem"].map((name) => path.join(dir, name));
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert], { stdio: "ignore" });
  const upstream = new URL(boxed.address);
  const secure = https.createServer({ key: fs.readFileSync(key), cert: fs.readFileSync(cert) }, (request, response) => {
    request.pipe(http.request({ host: upstream.hostname, port: upstream.port, path: request.url, method: request.method, headers: { ...request.headers, host: upstream.host } }, (answer) => {
      response.writeHead(answer.statusCode, { ...answer.headers, "strict-transport-security": "max-age=31536000" });
      answer.pipe(response);
    }));
  });
  const plain = http.createServer((request, response) => {
    response.writeHead(308, { location: `https://localhost:${secure.address().port}${request.url}` }).end();
  });
  try {
    for (const server of [secure, plain]) await new Promise((resolve) => { server.listen(0, "localhost", resolve); });
    const letter = fs.readdirSync(path.join(boxed.la, "public", "pub")).find((f) => f.endsWith(".html"));
    const ports = JSON.stringify({ httpsPort: String(secure.address().port), httpPort: String(plain.address().port), letter: `/pub/${letter}` });
    const run = await new Promise((resolve) => {
      spawn(process.execPath, [fileURLToPath(import.meta.url), observatory], { stdio: "inherit", env: { ...process.env, OBSERVED: ports, NODE_EXTRA_CA_CERTS: cert } }).on("exit", resolve);
    });
    process.exitCode = run;
  } finally {
    secure.close();
    plain.close();
    fs.rmSync(dir, { recursive: true, force: true });
    await boxed.stop();
  }
}

/** As scan of the package does, which cannot be told a port. */
async function scan(ports) {
  // Browsers' list of hosts that are always asked over TLS, which the package would fetch: we are on none.
  const list = path.join(observatory, "conf/hsts-preload.json");
  if (!fs.existsSync(list)) {
    fs.mkdirSync(path.dirname(list), { recursive: true });
    fs.writeFileSync(list, "{}");
  }
  const part = (file) => import(pathToFileURL(path.join(observatory, "src", file)));
  const [{ retrieve }, { ALL_TESTS }, { getScoreModifier, getGradeForScore }, { MINIMUM_SCORE_FOR_EXTRA_CREDIT }] = await Promise.all([part("retriever/retriever.js"), part("constants.js"), part("grader/grader.js"), part("grader/charts.js")]);
  const { letter, ...known } = ports;
  for (const [asked, status, least] of paths) {
    const at = asked === "pub" ? letter : asked;
    const found = await retrieve("localhost", { ...known, path: at });
    if (found.responses.auto?.status !== status) throw new Error(`${at} came with ${found.responses.auto?.status} over TLS, not ${status}`);
    let [all, bare] = [100, 100];
    const failed = [];
    for (const check of ALL_TESTS) {
      const { result, pass } = check(found);
      const points = result === null ? 0 : getScoreModifier(result);
      all += points;
      bare += Math.min(0, points);
      if (!pass) failed.push(`${result} (${points})`);
    }
    const score = bare >= MINIMUM_SCORE_FOR_EXTRA_CREDIT ? all : bare;
    console.log(`HTTP Observatory: ${String(score).padStart(3)}, grade ${getGradeForScore(score).grade}, ${status} ${at}${failed.length === 0 ? "" : `: ${failed.join(", ")}`}`);
    if (score < least) process.exitCode = 1;
  }
}
