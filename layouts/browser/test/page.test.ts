import assert from "node:assert/strict";
import { test } from "node:test";
import { addDays, daysLeft, londonDay, londonTime, longDay } from "../shared/dates.ts";
import { ended, idleLimit, sessionLimit } from "../shared/session.ts";
import { stateOf } from "../page/back.ts";
import { linkOf } from "../page/link.ts";
import { disposition, fileName, mayOpenFor, policy } from "../worker/answer.ts";

test("links of mails are taken apart, and lead nowhere but under /s/", () => {
  const link = (hash: string): ReturnType<typeof linkOf> => linkOf({ pathname: "/", hash });
  assert.deepEqual(link("#a=7kq2m9xd&to=%2Fs%2Fabc%2Fdef.html&h=12"), { code: "7KQ2M9XD", to: "/s/abc/def.html", atLeast: 12 });
  for (const to of ["https://evil.example/", "//evil.example/s/", "/s/../sw.js", "/pub/x.html", "javascript:alert(1)", "/s//x", "/s/%2e%2e/x", "/s/x?y"]) {
    assert.equal(link(`#to=${encodeURIComponent(to)}`).to, "/s/home.html", to);
  }
  assert.deepEqual(link("#a=nobody&h=-1"), { code: "", to: "/s/home.html", atLeast: 0 });
});

test("a record's way back takes its list's choices along, and nothing else", () => {
  assert.equal(stateOf("#back=" + encodeURIComponent("type=Action&sort=-1")), "type=Action&sort=-1");
  for (const hash of ["", "#", "#type=Action", "#back=", "#back=%E0%A4%A", "#to=/s/x.html"]) assert.equal(stateOf(hash), "", hash);
  assert.doesNotMatch(stateOf("#back=" + encodeURIComponent("javascript:alert(1)//<b>")), /[<:]/);
});

test("a session ends after 20 idle minutes and after 10 hours", () => {
  assert.equal(ended({ started: 0, touched: 0 }, idleLimit - 1), undefined);
  assert.equal(ended({ started: 0, touched: 0 }, idleLimit), "idle");
  assert.equal(ended({ started: 0, touched: sessionLimit - 1 }, sessionLimit), "expired");
});

test("days are London days, whatever the clocks do", () => {
  assert.equal(londonDay(Date.parse("2026-07-01T23:30:00Z")), "2026-07-02");
  assert.equal(londonDay(Date.parse("2026-12-01T23:30:00Z")), "2026-12-01");
  assert.equal(londonTime(Date.parse("2026-07-01T06:00:00Z")), "07:00");
  assert.equal(longDay("2026-11-18"), "18 November 2026");
  assert.equal(addDays("2026-10-24", 2), "2026-10-26");
  assert.deepEqual(["2026-01-05", "2026-11-06", "2026-11-17", "2026-11-18", "2026-11-19", "2026-11-22"].map((d) => daysLeft("2026-11-18", d)), ["", "12 days overdue", "1 day overdue", "today", "1 day left", "4 days left"]);
});

test("attachments carry their own name, in both forms, without breaking the header", () => {
  assert.equal(fileName({ title: "Action plan", name: "0123456789abcdef.pdf" }), "Action plan.pdf");
  assert.equal(fileName({ title: "Plan.PDF", name: "0123456789abcdef.pdf" }), "Plan.PDF");
  assert.equal(disposition("Action plan.pdf"), `attachment; filename="Action plan.pdf"; filename*=UTF-8''Action%20plan.pdf`);
  assert.equal(disposition("Jürgen's \"plan\".pdf"), `attachment; filename="Jurgen's _plan_.pdf"; filename*=UTF-8''J%C3%BCrgen%27s%20%22plan%22.pdf`);
  assert.equal(disposition("日本"), "attachment; filename=\"file\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC");
});

test("the policy lets nothing through but the site's own files and its box", () => {
  assert.match(policy(""), /^default-src 'none'; script-src 'self'.*connect-src 'self';.*require-trusted-types-for 'script'$/);
  assert.match(policy("https://box.example"), /connect-src 'self' https:\/\/box\.example;/);
});

test("nothing active is served from the sealed area", () => {
  for (const active of ["script", "style", "worker", "sharedworker", "serviceworker", "iframe", "frame", "object", "embed", "font", "manifest"]) {
    assert.equal(mayOpenFor(active), false, active);
  }
  for (const passive of ["document", "image", ""]) assert.equal(mayOpenFor(passive), true, passive);
});
