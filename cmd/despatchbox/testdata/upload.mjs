// The stock tus client sends a file to two drop-boxes in turn, whichever lives, and
// says on standard output what happens: where it goes on, how much it has sent, and
// what is acknowledged. After each line it waits for one on standard input, so that
// whoever reads along stops it where they like. It ends when the upload is finished.
//
//	node upload.mjs FILE COOKIE METADATA CHUNK PATCH|POST URL URL
import { readFileSync, readSync, writeSync } from "node:fs";
import process from "node:process";

import { Upload } from "tus-js-client";

const [file, cookie, metadata, chunk, method, ...urls] = process.argv.slice(2);
const data = readFileSync(file);
function say(...words) {
  writeSync(1, `${words.join(" ")}\n`);
  for (;;) {
    try {
      readSync(0, Buffer.alloc(1));
      return;
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

let path = "";
let turn = 0;
let done = false;
function go() {
  const base = urls[turn % urls.length];
  let begun = false;
  const upload = new Upload(data, {
    endpoint: `${base}/box/uploads`,
    uploadUrl: path === "" ? null : base + path,
    chunkSize: Number(chunk),
    retryDelays: null,
    overridePatchMethod: method === "POST",
    headers: { Cookie: cookie },
    metadata: JSON.parse(metadata),
    onUploadUrlAvailable: () => { path = new URL(upload.url).pathname; },
    onProgress: (sent) => {
      say(begun ? "sent" : "from", sent, turn % urls.length);
      begun = true;
    },
    onChunkComplete: (_, accepted) => { say("acknowledged", accepted); },
    onSuccess: () => { done = true; say("finished"); },
    onError: (error) => {
      const answer = error.originalResponse;
      if (answer && answer.getStatus() < 500) {
        say("refused", answer.getStatus(), answer.getBody());
        process.exit(1);
      }
      turn += 1;
      setTimeout(go, 5);
    },
  });
  upload.start();
}
// The client's part for Node says nothing of an answer that broke off in its midst.
process.on("beforeExit", () => {
  if (!done) {
    turn += 1;
    go();
  }
});
go();
