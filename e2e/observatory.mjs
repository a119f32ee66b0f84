// Scores the shell as our own server sends it with MDN's HTTP Observatory, over
// real TLS: a proxy ends it and adds what docs/operations.md asks of whoever ends
// it, HSTS and the way from http to https. Fails under 135, the most that a site
// gets that sets no cookie and is on no browser's list.
//   node e2e/observatory.mjs [folder of the Observatory's package]
import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import https from "node:https";
import os from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { startPortal } from "./lib.mjs";

const least = 135;
const here = path.dirname(fileURLToPath(import.meta.url));
const observatory = process.argv[2] ?? path.join(here, "../.tools/observatory/node_modules/@mdn/mdn-http-observatory");

if (process.env.OBSERVED === undefined) await serveAndScan();
else await scan(JSON.parse(process.env.OBSERVED));

async function serveAndScan() {
  const portal = await startPortal();
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "despatch-observatory-"));
  const [key, cert] = ["key.pem", "cert.pem"].map((name) => path.join(dir, name));
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert], { stdio: "ignore" });
  const upstream = new URL(portal.address);
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
    const ports = JSON.stringify({ httpsPort: String(secure.address().port), httpPort: String(plain.address().port) });
    const run = await new Promise((resolve) => {
      spawn(process.execPath, [fileURLToPath(import.meta.url), observatory], { stdio: "inherit", env: { ...process.env, OBSERVED: ports, NODE_EXTRA_CA_CERTS: cert } }).on("exit", resolve);
    });
    process.exitCode = run;
  } finally {
    secure.close();
    plain.close();
    fs.rmSync(dir, { recursive: true, force: true });
    await portal.stop();
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
  const found = await retrieve("localhost", ports);
  if (found.responses.auto?.status !== 200) throw new Error("the shell could not be had over TLS");
  let [all, bare] = [100, 100];
  for (const check of ALL_TESTS) {
    const { result, pass } = check(found);
    const points = result === null ? 0 : getScoreModifier(result);
    all += points;
    bare += Math.min(0, points);
    console.log(`${pass ? "ok  " : "FAIL"} ${String(points).padStart(4)}  ${result}`);
  }
  const score = bare >= MINIMUM_SCORE_FOR_EXTRA_CREDIT ? all : bare;
  console.log(`HTTP Observatory: ${score}, grade ${getGradeForScore(score).grade}`);
  if (score < least) process.exitCode = 1;
}
