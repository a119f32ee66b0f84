/**
 * Read and Respond: the record and its attachments, Accurate or Inaccurate,
 * comments, a look at all of it, Finish and Submit. What is typed is kept sealed
 * on this device after each pause, and in no other form.
 */
import { type News, channelName } from "../../shared/message.ts";
import type { Answering, Outcome, SentPaper, Typed } from "../../shared/answering.ts";
import { cleanOf, commentsOf, lengthOfAll, longest, type Point, responseOf, saidOf } from "../../shared/response.ts";
import { longDay } from "../../shared/dates.ts";
import { clearErrors, showError } from "../errors.ts";
import { Draft } from "../draft.ts";
import { button, el, hidden } from "../element.ts";
import { ask } from "../line.ts";
import type { Place } from "../place.ts";
import { sizeText } from "../size.ts";
import { markDeadlines } from "../clock.ts";
import { faultsOf, markList } from "./marks.ts";
import { Marking, markNames } from "./marking.ts";
import { back, facts, link, receiptParts, say, title, words } from "./parts.ts";
import { addressOf, currentMark, currentStep, pageOf, type Step } from "./step.ts";
import { answerWord, countWords, hitchWords, moment, number, whyNotSaved } from "./words.ts";

const commentsName = "Say what is inaccurate";
/** Headings that tell what was judged: they are no page's title, which a browser writes down. */
const telling: readonly string[] = [commentsName, ...markNames];
const nothing: Typed = { answer: "", comments: "" };
const elsewhere = { tab: "You changed this answer in another tab as well", device: "You changed this answer on another device as well" };
/** The count is read out this long after the last key. */
const readOut = 1000;

/** One tab's way through an answer. */
export class Flow {
  readonly #place: HTMLElement;
  readonly #worker: ServiceWorker;
  readonly #channel = new BroadcastChannel(channelName);
  readonly #portal = document.title.replace(/^[^–]*/, "");
  readonly #draft: Draft<Typed, string>;
  #page = "";
  #step: Step = "";
  #found: Answering | undefined;
  #sending = false;
  readonly #marking = new Marking({
    points: () => this.#points,
    set: (points) => { this.#change({ ...this.#draft.typed, answer: "inaccurate", points }); },
    flush: () => this.#flush(),
    go: (step, mark) => this.#go(step, mark),
    to: (step, text, more, mark) => this.#to(step, text, more, mark),
    show: () => { this.#show(true); },
    sayKept: () => { this.#sayKept(); },
    put: (name, focus, ...parts) => { if (this.#found !== undefined) this.#put(name, this.#found.school, focus, ...parts, ...this.#notices(this.#found)); },
    save: () => this.#saveButton(),
  });
  /** True while two tabs wrote and nobody said yet which one counts. */
  #torn = false;

  constructor({ place, worker }: Place) {
    this.#place = place;
    this.#worker = worker;
    this.#draft = new Draft<Typed, string>({
      nothing,
      keep: (page, typed, base) => ask(worker, { ask: "keep-answer", page, typed, base }),
      kept: () => { this.#sayKept(); },
      torn: (draft) => { this.#offerOther(elsewhere.tab, draft?.typed, draft?.version ?? 0); },
    });
  }

  async start(): Promise<void> {
    document.querySelector("main > h1")?.remove();
    addEventListener("popstate", () => void this.#moved());
    addEventListener("pagehide", () => void this.#flush());
    addEventListener("beforeunload", (event) => { if (this.#torn) event.preventDefault(); });
    document.addEventListener("visibilitychange", () => { if (document.hidden) void this.#flush(); });
    this.#channel.onmessage = ({ data }: MessageEvent<News>) => {
      if (data.news === "answer" && data.page === this.#page && data.version !== this.#draft.version) void this.#elsewhere();
    };
    await this.#open(pageOf(location.hash));
    this.#resume();
    this.#show(false);
  }

  async #open(page: string): Promise<void> {
    this.#page = page;
    const found = page === "" ? null : await ask(this.#worker, { ask: "answering", page, look: true });
    this.#found = found ?? undefined;
    this.#draft.take(found?.draft);
  }

  /** An answer that was begun goes on where it was; a reload stays where it is. */
  #resume(): void {
    const { answer } = this.#draft.typed;
    if (currentStep() === undefined) history.replaceState({ step: answer === "" ? "" : answer === "accurate" ? "check" : "comments" }, "");
  }

  async #moved(): Promise<void> {
    const page = pageOf(location.hash);
    if (page === "") {
      // The way past the menu is a fragment too: the address goes on saying which record this is.
      if (this.#page !== "") history.replaceState({ step: this.#step }, "", addressOf(this.#page));
      return;
    }
    await this.#flush();
    if (page !== this.#page) {
      await this.#open(page);
      this.#resume();
    }
    this.#show(true);
  }

  /** On to a step, which Back leaves again. */
  async #go(step: Step, mark = -1): Promise<void> {
    await this.#flush();
    history.pushState({ step, mark }, "", addressOf(this.#page));
    this.#show(true);
  }

  /** A link to a step of this answer. */
  #to(step: Step, text: string, more = "", mark = -1): HTMLAnchorElement {
    const made = link(addressOf(this.#page), text, more);
    made.addEventListener("click", (event) => {
      event.preventDefault();
      void this.#go(step, mark);
    });
    return made;
  }

  /** Shows the step that the tab is at, as far as what was chosen allows it. */
  #show(focus: boolean): void {
    const found = this.#found;
    if (found === undefined) {
      this.#put("Read and Respond", "", focus, say("Choose a record to answer: ", link("/s/visits.html", "All Records of Visits"), "."));
      return;
    }
    if (found.sent !== undefined) {
      this.#showSent(found.sent, focus);
      return;
    }
    if (found.state !== "open") {
      this.#showClosed(found, focus);
      return;
    }
    this.#step = currentStep() ?? "";
    const { other } = found;
    const point = this.#points[currentMark()];
    if (this.#step === "mark" && point !== undefined) this.#marking.showMark(point, currentMark(), focus);
    else if (this.#step === "passages") this.#marking.showPassages(found, focus);
    else if (this.#step === "comments" || this.#step === "mark") this.#showComments(found, focus);
    else if (this.#step === "check" && this.#draft.typed.answer !== "") this.#showCheck(found, focus);
    else this.#showStart(found, focus);
    if (other !== undefined) this.#offerOther(elsewhere.device, other, this.#draft.version);
  }

  async #choose(answer: "accurate" | "inaccurate"): Promise<void> {
    this.#change({ ...this.#draft.typed, answer });
    await this.#go(answer === "accurate" ? "check" : "comments");
  }

  #showStart(found: Answering, focus: boolean): void {
    const parts = [
      ...this.#notices(found),
      facts([["Record", found.title], ["Visit", longDay(found.date)], ["Respond by", due(found)]]),
      say(el("a", { class: "govuk-button govuk-button--secondary", role: "button", draggable: "false", href: `/s/${found.href}` }, "View Visit Report")),
      found.files.length === 0 ? undefined : el("section", { "aria-labelledby": "files" }, el("h2", { class: "govuk-heading-m", id: "files" }, "Attachments"),
        el("ul", { class: "govuk-list" }, ...found.files.map((f) => el("li", {}, link(f.href, f.title), ` (${sizeText(f.size)})`)))),
      el("h2", { class: "govuk-heading-m" }, "Is the record accurate?"),
      say("If anything is inaccurate, you say what, and why, on the next page. You check your answer before it is sent."),
      el("div", { class: "govuk-button-group" },
        button("govuk-button", "Accurate", () => void this.#choose("accurate")),
        button("govuk-button", "Inaccurate", () => void this.#choose("inaccurate"))),
    ];
    this.#put("Read and Respond", found.school, focus, back(el("a", { href: `/s/${found.href}` }, "Back to the record")), ...parts);
  }

  #showComments(found: Answering, focus: boolean): void {
    const box = el("textarea", { class: "govuk-textarea", id: "comments", name: "comments", rows: "10", autocomplete: "off", "aria-describedby": "comments-hint comments-count" });
    box.value = this.#draft.typed.comments;
    const points = this.#points;
    const count = el("div", { class: "govuk-hint govuk-character-count__message", id: "comments-count" });
    const said = el("div", { class: "govuk-visually-hidden", "aria-live": "polite" });
    let timer = 0;
    const tell = (): void => {
      count.textContent = countWords(box.value, points);
      count.classList.toggle("app-too-long", lengthOfAll({ comments: commentsOf(box.value), points }) > longest);
      clearTimeout(timer);
      timer = window.setTimeout(() => { said.textContent = count.textContent; }, readOut);
    };
    box.addEventListener("input", () => {
      this.#change({ ...this.#draft.typed, answer: "inaccurate", comments: box.value });
      this.#sayKept();
      tell();
    });
    box.addEventListener("blur", () => void this.#flush());
    const form = el("form", { novalidate: "", autocomplete: "off" },
      el("div", { class: "govuk-form-group govuk-character-count" },
        el("label", { class: "govuk-label govuk-label--m", for: "comments" }, points.length === 0 ? "What is inaccurate, and why?" : "What else is inaccurate, and why?"),
        el("div", { class: "govuk-hint", id: "comments-hint" }, `${points.length === 0 ? "" : "You can leave this empty. "}Say where in the record it stands, and what is right. The authority alone can read what you write.`),
        box, count, said),
      el("p", { class: "govuk-body app-small app-kept", role: "status", "data-kept": "" }),
      el("div", { class: "govuk-button-group" }, el("button", { class: "govuk-button", type: "submit" }, "Continue"), this.#saveButton(), this.#forget()));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#checkComments(box.value);
    });
    this.#put(commentsName, found.school, focus, back(this.#to("", "Back")), ...this.#notices(found), say(found.title, ", ", longDay(found.date), ". ", link(`/s/${found.href}`, "Read the record again")), ...this.#marking.sofar(), form);
    tell();
    this.#sayKept();
  }

  get #points(): readonly Point[] {
    return this.#draft.typed.points ?? [];
  }

  async #checkComments(typed: string): Promise<void> {
    clearErrors();
    const points = this.#points;
    const faults = points.flatMap((p, at) => (faultsOf(p).length === 0 ? [] : [{ field: `mark-${String(at)}`, text: `Finish the mark on “${p.passage.slice(0, 60)}”, or remove it` }]));
    if (points.length === 0 && commentsOf(typed) === "") faults.push({ field: "comments", text: "Enter what is inaccurate, and why" });
    if (lengthOfAll({ comments: commentsOf(typed), points }) > longest) faults.push({ field: "comments", text: `What you write must have ${number(longest)} characters or fewer in all` });
    if (faults.length > 0) {
      showError(faults);
      return;
    }
    this.#change({ ...this.#draft.typed, answer: "inaccurate", comments: typed });
    await this.#go("check");
  }

  #showCheck(found: Answering, focus: boolean): void {
    const { answer } = this.#draft.typed;
    const response = responseOf(this.#draft.typed);
    if (answer === "" || response === undefined) {
      history.replaceState({ step: "comments" }, "");
      this.#showComments(found, focus);
      return;
    }
    const send = button("govuk-button", "Finish and Submit", () => void this.#send(send));
    send.setAttribute("data-send", "");
    this.#put("Check your answer", found.school, focus, back(this.#to(answer === "accurate" ? "" : "comments", "Back")), ...this.#notices(found),
      facts([
        ["Record", link(`/s/${found.href}`, found.title)], ["Visit", longDay(found.date)], ["Respond by", due(found)],
        ["Your answer", answerWord(answer), this.#to("", "Change", "your answer")],
        response.comments === "" ? undefined : ["Your comments", words(response.comments), this.#to("comments", "Change", "your comments")],
      ]),
      ...(response.points.length === 0 ? [] : [el("h2", { class: "govuk-heading-m" }, "Passages that you marked"), markList(response.points), say(this.#to("comments", "Change", "the passages that you marked"))]),
      say("When you press Finish and Submit, your answer is encrypted for the authority and sent. It counts for your school. Until the last day you can take it back under What you sent."),
      el("p", { class: "govuk-body", role: "status", "data-sending": "" }),
      el("div", { class: "govuk-button-group" }, send, this.#saveButton(), this.#forget()));
  }

  async #send(press: HTMLElement): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    clearErrors();
    press.setAttribute("aria-disabled", "true");
    const status = this.#place.querySelector("[data-sending]");
    if (status !== null) status.textContent = "Encrypting and sending your answer…";
    await this.#flush();
    const outcome = await ask(this.#worker, { ask: "send-answer", page: this.#page, typed: this.#draft.typed });
    this.#sending = false;
    press.removeAttribute("aria-disabled");
    if (status !== null) status.textContent = "";
    if (outcome !== null) this.#tell(outcome);
  }

  #tell(outcome: Outcome): void {
    if (outcome.ok) this.#arrived(outcome.sent);
    else if (outcome.why === "already" && outcome.sent !== undefined) this.#arrived(outcome.sent);
    else if (outcome.why === "taken") this.#showTaken(outcome.first);
    else {
      const [heading, text] = hitchWords(outcome.why, outcome.reference);
      showError([{ field: "", text }], heading);
    }
  }

  #arrived(sent: SentPaper): void {
    if (this.#found !== undefined) this.#found = { ...this.#found, state: "sent", sent };
    this.#draft.loose = false;
    history.replaceState({ step: "" }, "");
    this.#showSent(sent, true);
  }

  #showSent(sent: SentPaper, focus: boolean): void {
    const other = this.#draft.typed.answer !== "" && (this.#draft.typed.answer !== sent.answer || (sent.answer === "inaccurate" && wholeOf(this.#draft.typed) !== sent.comments));
    this.#put("Your answer was sent", this.#found?.school ?? sent.school, focus,
      el("div", { class: "govuk-panel govuk-panel--confirmation app-sent" },
        el("p", { class: "govuk-panel__title" }, "Answer sent"),
        el("div", { class: "govuk-panel__body" }, "Taken on ", el("strong", {}, moment(sent.time)))),
      other ? this.#unsent("This answer counts. In this tab you wrote something else, which was not sent:") : undefined,
      say("The receipt was checked: your answer has arrived. Keep the receipt; it is also under ", link("/s/sent.html", "What you sent"), "."),
      ...receiptParts(sent),
      el("h2", { class: "govuk-heading-m" }, "What happens next"),
      say("The authority collects the answer and finalises the record. Until then the record says that it waits for them."),
      say(link("/s/home.html", "Go to Home")));
  }

  #showTaken(first: { readonly time: string; readonly name: string } | undefined): void {
    const who = first === undefined || first.name === "" ? "Somebody else at your school" : first.name;
    this.#put("Somebody answered first", this.#found?.school ?? "", true,
      el("div", { class: "govuk-warning-text" }, el("span", { class: "govuk-warning-text__icon", "aria-hidden": "true" }, "!"),
        el("strong", { class: "govuk-warning-text__text" }, hidden("Warning"), `${who} answered this record${first === undefined ? "" : ` on ${moment(first.time)}`}. The first answer counts, and yours was not taken.`)),
      say("Speak to your colleague. If their answer leaves something out, tell the authority: ", this.#found?.contact ?? "the contact of the record", "."),
      this.#unsent("What you wrote is still on this device:"),
      el("div", { class: "govuk-button-group" }, this.#forget(), link(`/s/${this.#page}`, "Back to the record")));
  }

  #unsent(why: string): HTMLElement {
    const { answer } = this.#draft.typed;
    const whole = wholeOf(this.#draft.typed);
    return el("section", { "aria-label": "What you wrote" }, say(why), facts([["Your answer", answerWord(answer)], whole === "" ? undefined : ["Your comments", words(whole)]]));
  }

  #showClosed(found: Answering, focus: boolean): void {
    const text = found.state === "no-box"
      ? `Answers are not sent through this site. Tell us by ${found.due === "" ? "the deadline" : longDay(found.due)}: ${found.contact}.`
      : "An answer to this record is no longer awaited.";
    this.#put("Read and Respond", found.school, focus, say(text), found.draft === undefined ? undefined : this.#unsent("What you wrote is on this device, and was not sent:"),
      el("div", { class: "govuk-button-group" }, link(`/s/${found.href}`, "Back to the record"), found.draft === undefined ? undefined : this.#forget()));
  }

  /** What a person must know before they go on. */
  #notices(found: Answering): HTMLElement[] {
    if (found.draft?.changed !== true) return [];
    return [el("div", { class: "govuk-inset-text" }, "The authority changed this record after you began your answer. Read it again before you send: ", link(`/s/${found.href}`, "the record"), ".")];
  }

  #saveButton(): HTMLElement {
    return button("govuk-button govuk-button--secondary", "Save and exit", () => void this.#save());
  }

  /** Throws away what was written. */
  #forget(): HTMLElement {
    return button("govuk-button govuk-button--secondary", "Delete what I wrote", () => void this.#delete());
  }

  async #delete(): Promise<void> {
    await this.#flush();
    await ask(this.#worker, { ask: "drop-answer", page: this.#page });
    this.#draft.take(undefined);
    if (this.#found !== undefined) this.#found = { ...this.#found, draft: undefined, other: undefined };
    history.replaceState({ step: "" }, "");
    this.#show(true);
  }

  #change(typed: Typed): void {
    if (JSON.stringify(typed) !== JSON.stringify(this.#draft.typed)) this.#draft.change(typed, this.#page);
  }

  #flush(): Promise<void> {
    return this.#draft.flush(this.#page);
  }

  /** Leaves what was typed in the drop-box, for every device of the account. */
  async #save(): Promise<void> {
    const found = this.#found;
    if (found === undefined) return;
    if (this.#draft.version === 0) this.#draft.change({ ...this.#draft.typed }, this.#page);
    await this.#flush();
    const saved = await ask(this.#worker, { ask: "save-answer", page: this.#page });
    if (saved === null) return;
    if (saved.why === "other") {
      await this.#open(this.#page);
      if (this.#found?.other !== undefined) {
        this.#show(true);
        return;
      }
    }
    this.#put(saved.ok ? "Your answer is saved" : "Your answer is kept on this device", found.school, true,
      saved.ok ? say("Sign in on any device and open this record to go on. Nothing was sent yet.") : say(whyNotSaved(saved.why), " Nothing was sent yet."),
      found.due === "" ? undefined : say(`Answer by ${longDay(found.due)}.`),
      el("div", { class: "govuk-button-group" }, button("govuk-button govuk-button--secondary", "Go on with this answer", () => { this.#show(true); }), link("/s/visits.html", "All Records of Visits")));
  }

  #sayKept(): void {
    const place = this.#place.querySelector("[data-kept]");
    if (place !== null) place.textContent = this.#draft.version === 0 || this.#draft.loose ? "" : "Kept on this device.";
  }

  /** Another tab kept something, sent the answer or deleted it. */
  async #elsewhere(): Promise<void> {
    if (this.#sending) return;
    await this.#draft.settled();
    const found = await ask(this.#worker, { ask: "answering", page: this.#page, look: false });
    if (found === null || found.draft?.version === this.#draft.version) return;
    this.#found = found;
    const { typed } = this.#draft;
    if (found.sent !== undefined) this.#show(true);
    else if (this.#draft.loose || (wholeOf(typed) !== "" && found.draft !== undefined && wholeOf(found.draft.typed) !== wholeOf(typed) && document.activeElement?.tagName === "TEXTAREA")) this.#offerOther(elsewhere.tab, found.draft?.typed, found.draft?.version ?? 0);
    else {
      this.#draft.take(found.draft);
      this.#show(false);
    }
  }

  /** Two wrote: the person says which counts. Both texts are there until then. */
  #offerOther(what: string, other: Typed | undefined, version: number): void {
    this.#torn = true;
    const choose = (typed: Typed): void => {
      this.#torn = false;
      if (this.#found !== undefined) this.#found = { ...this.#found, other: undefined };
      this.#draft.version = version;
      this.#draft.change(typed, this.#page);
      void this.#flush().then(() => { this.#show(true); });
    };
    this.#place.querySelector("[data-other]")?.remove();
    this.#place.prepend(el("div", { class: "govuk-inset-text", role: "alert", "data-other": "" },
      el("p", { class: "govuk-body govuk-!-font-weight-bold" }, what),
      say("Nothing is lost. Choose which one counts. In the other one stands:"),
      say(words(other === undefined ? "Nothing: it was deleted there." : other.answer === "accurate" ? "Accurate" : wholeOf(other))),
      el("div", { class: "govuk-button-group" },
        button("govuk-button govuk-button--secondary", "Use what is here", () => { choose(this.#draft.typed); }),
        button("govuk-button govuk-button--secondary", "Use the other one", () => { choose(other ?? nothing); }))));
  }

  #put(name: string, caption: string, focus: boolean, ...parts: readonly (HTMLElement | undefined)[]): void {
    clearErrors();
    const heading = title(name, caption);
    const shown = parts.filter((p) => p !== undefined);
    const backs = shown.filter((p) => p.matches("nav"));
    this.#place.replaceChildren(...backs, el("div", { "data-error-summary": "", hidden: "" }), heading, ...shown.filter((p) => !backs.includes(p)));
    // A title is written down as an address is: it must not tell what was judged.
    document.title = `${telling.includes(name) ? "Read and Respond" : name} ${this.#portal}`;
    markDeadlines(Date.now());
    if (!focus) return;
    heading.focus();
    scrollTo(0, 0);
  }
}

function due({ due: day }: Answering): HTMLElement | string {
  return day === "" ? "No date" : el("time", { datetime: day, "data-deadline": "" }, longDay(day));
}

/** All that was typed of what is not accurate, as one text. */
function wholeOf(typed: Typed): string {
  return saidOf(cleanOf(typed));
}
