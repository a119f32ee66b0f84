/**
 * Completing a data return: the form, a look at all of it, Finish and Submit, the
 * receipt; and once more, to send a newer version.
 */
import { type News, channelName } from "../../shared/message.ts";
import type { Outcome, SentPaper } from "../../shared/answering.ts";
import type { Filling, FormTyped, Which } from "../../shared/filling.ts";
import { payloadOf, readPayload } from "../../shared/form/answers.ts";
import { declarationAt, type Field } from "../../shared/form/definition.ts";
import { findingsOf } from "../../shared/form/findings.ts";
import { londonDay, longDay } from "../../shared/dates.ts";
import { markDeadlines } from "../clock.ts";
import { clearErrors, showError } from "../errors.ts";
import { button, el, hidden, tag } from "../element.ts";
import { ask } from "../line.ts";
import type { Place } from "../place.ts";
import { breaking, facts, link, receiptParts, say, title } from "../respond/parts.ts";
import { pageOf } from "../respond/step.ts";
import { moment, whyNotSaved } from "../respond/words.ts";
import { keepTables } from "../tables.ts";
import { Draft } from "../draft.ts";
import { group, groupId, type Sheet } from "./fields.ts";
import { afterPress, watchPresses } from "./press.ts";
import { showQueries } from "./queries.ts";
import { answersShown } from "./shown.ts";
import { type Source, sourceAt } from "./source.ts";
import { addressOf, currentEntry, type Step } from "./step.ts";
import { answersOf, asksFor, nothingTyped, typedOf, withoutIdle } from "./typed.ts";
import { whyNotSent } from "./words.ts";

/** One tab's way through a return. */
export class Flow {
  readonly #place: HTMLElement;
  readonly #worker: ServiceWorker;
  readonly #channel = new BroadcastChannel(channelName);
  readonly #portal = document.title.replace(/^[^–]*/, "");
  readonly #draft: Draft<FormTyped, Which>;
  #which: Which = { page: "", urn: "" };
  #source: Source | undefined;
  #found: Filling | undefined;
  #step: Step = "";
  /** The deposit that the next one replaces: one's own, or a colleague's that one was told of. */
  #replaces = "";
  #amending = false;
  #sending = false;
  #torn = false;

  constructor({ place, worker }: Place) {
    this.#place = place;
    this.#worker = worker;
    this.#draft = new Draft<FormTyped, Which>({
      nothing: nothingTyped,
      keep: (which, typed, base) => ask(worker, { ask: "keep-form", which, typed, base }),
      kept: () => { this.#sayKept(); },
      torn: (draft) => { this.#offerOther("You changed this return in another tab as well", draft?.typed ?? nothingTyped, draft?.version ?? 0); },
    });
  }

  async start(): Promise<void> {
    document.querySelector("main > h1")?.remove();
    watchPresses();
    addEventListener("popstate", () => void this.#moved());
    addEventListener("pagehide", () => void this.#draft.flush(this.#which));
    addEventListener("beforeunload", (event) => { if (this.#torn) event.preventDefault(); });
    document.addEventListener("visibilitychange", () => { if (document.hidden) void this.#draft.flush(this.#which); });
    this.#channel.onmessage = ({ data }: MessageEvent<News>) => {
      if (data.news === "answer" && data.page === this.#which.page && data.version !== this.#draft.version) void this.#elsewhere();
    };
    await this.#open(pageOf(location.hash), currentEntry().urn);
    this.#show(false);
  }

  async #open(page: string, urn: string): Promise<void> {
    this.#which = { page, urn };
    this.#source = page === "" ? undefined : await sourceAt(page);
    this.#found = await this.#ask(true);
    if (this.#found !== undefined) this.#which = { page, urn: this.#found.urn };
    this.#draft.take(this.#found?.draft);
    // Another form is another answer: only one to the same questions is replaced.
    this.#replaces = this.#found?.last ?? "";
    this.#amending = this.#found?.draft !== undefined;
  }

  async #ask(look: boolean): Promise<Filling | undefined> {
    const source = this.#source;
    if (source === undefined) return undefined;
    return (await ask(this.#worker, { ask: "filling", which: this.#which, roles: source.roles, look })) ?? undefined;
  }

  async #moved(): Promise<void> {
    const page = pageOf(location.hash);
    if (page === "") {
      // The way past the menu is a fragment too: the address goes on saying which return this is.
      if (this.#which.page !== "") history.replaceState({ step: this.#step, urn: this.#which.urn }, "", addressOf(this.#which.page));
      return;
    }
    await this.#draft.flush(this.#which);
    const { urn } = currentEntry();
    if (page !== this.#which.page || (urn !== "" && urn !== this.#which.urn)) await this.#open(page, urn);
    this.#show(true);
  }

  async #go(step: Step): Promise<void> {
    await this.#draft.flush(this.#which);
    history.pushState({ step, urn: this.#which.urn }, "", addressOf(this.#which.page));
    this.#show(true);
  }

  #show(focus: boolean): void {
    const { state, sent } = this.#found ?? {};
    const [found, source] = [this.#found, this.#source];
    if (found === undefined || source === undefined) {
      this.#put("Data return", "", focus, say("Choose a return to complete: ", link("/s/returns.html", "Surveys / Data Returns"), "."));
    } else if (state === "not-yours" || state === "no-box") this.#showNobody(found, source, focus);
    else if (state === "which") this.#showWhich(found, focus);
    else if (sent !== undefined && !this.#amending) void this.#showSent(found, source, sent, focus);
    else if (state === "closed" || (found.done && isLate(found))) this.#showNobody({ ...found, state: "closed" }, source, focus);
    else if (found.other !== undefined) {
      this.#showForm(found, source, focus);
      this.#offerOther("You changed this return on another device as well", found.other, this.#draft.version);
    } else if (currentEntry().step === "check") this.#showCheck(found, source, focus);
    else this.#showForm(found, source, focus);
  }

  #showNobody(found: Filling, source: Source, focus: boolean): void {
    const text = found.state === "not-yours"
      ? `This return can be completed by: ${source.who}. Your account is none of these, or may not complete returns. Ask one of them, or the authority: ${found.contact}.`
      : found.state === "closed" ? `${found.done ? "Your school has completed this return, and it can no longer be changed." : "This return is closed."} If something is missing, tell the authority: ${found.contact}.`
        : `Returns are not sent through this site. Send your answers to: ${found.contact}.`;
    const kept = found.draft === undefined ? undefined : say("What you typed is on this device, and was not sent.");
    this.#put(found.title, found.school, focus, say(text), kept, el("div", { class: "govuk-button-group" }, link(`/s/${found.href}`, "Back to the return"), found.draft === undefined ? undefined : this.#forget()));
  }

  #showWhich(found: Filling, focus: boolean): void {
    const choose = (urn: string): HTMLAnchorElement => {
      const made = link(addressOf(this.#which.page), found.schools.find((s) => s.urn === urn)?.name ?? urn);
      made.addEventListener("click", (event) => {
        event.preventDefault();
        history.pushState({ step: "", urn }, "", addressOf(this.#which.page));
        void this.#open(this.#which.page, urn).then(() => { this.#show(true); });
      });
      return made;
    };
    this.#put(found.title, "", focus, say("For which school do you complete this return?"),
      el("ul", { class: "govuk-list" }, ...found.schools.map((s) => el("li", {}, choose(s.urn), s.done ? " (completed)" : ""))));
  }

  #sheet(found: Filling, source: Source): Sheet {
    const draft = this.#draft;
    const sheet: Sheet = {
      get typed() { return draft.typed; },
      change: (typed, settled) => {
        if (typed !== draft.typed) draft.change(typed, this.#which);
        this.#sayKept();
        if (settled) this.#settle(source);
      },
      redraw: (field: Field, focus: string) => {
        document.getElementById(groupId(field))?.replaceWith(group(field, this.#sheet(found, source)));
        this.#settle(source);
        keepTables();
        document.getElementById(focus)?.focus();
      },
    };
    return sheet;
  }

  /** What is asked, and what is queried, after what stands in the form now. */
  #settle(source: Source): void {
    afterPress(() => { this.#settleNow(source); });
  }

  #settleNow(source: Source): void {
    const { typed } = this.#draft;
    for (const field of source.form.fields) {
      const place = document.getElementById(groupId(field));
      if (place !== null) place.hidden = !asksFor(source.form, typed, field);
    }
    const all = document.getElementById("fields");
    if (all !== null) all.hidden = typed.nil;
    showQueries(source.form, typed, londonDay(Date.now()), (explanations) => {
      this.#draft.change({ ...this.#draft.typed, explanations: { ...this.#draft.typed.explanations, ...explanations } }, this.#which);
      this.#sayKept();
    });
  }

  #showForm(found: Filling, source: Source, focus: boolean): void {
    this.#step = "";
    const sheet = this.#sheet(found, source);
    const parts: HTMLElement[] = [];
    for (const field of source.form.fields) {
      if (field.section !== "") parts.push(el("h2", { class: "govuk-heading-m" }, field.section));
      parts.push(group(field, sheet));
    }
    const form = el("form", { novalidate: "", autocomplete: "off" }, this.#nil(source, sheet), el("div", { id: "fields" }, ...parts),
      el("p", { class: "govuk-body app-small app-kept", role: "status", "data-kept": "" }),
      el("div", { class: "govuk-button-group" }, el("button", { class: "govuk-button", type: "submit" }, "Continue"),
        button("govuk-button govuk-button--secondary", "Save and exit", () => void this.#save()), this.#forget()));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#check(source);
    });
    this.#put(found.title, found.school, focus, this.#back(`/s/${found.href}`, "Back to the return"), ...this.#notices(found), this.#facts(found), form);
    this.#settle(source);
    this.#sayKept();
  }

  #nil({ form }: Source, sheet: Sheet): HTMLElement | undefined {
    if (form.nil_return === "") return undefined;
    const box = el("input", { class: "govuk-checkboxes__input", id: "nil-return", type: "checkbox" });
    box.checked = sheet.typed.nil;
    box.addEventListener("change", () => { sheet.change({ ...sheet.typed, nil: box.checked }, true); });
    return el("div", { class: "govuk-form-group" }, el("fieldset", { class: "govuk-fieldset" }, el("legend", { class: "govuk-fieldset__legend govuk-fieldset__legend--s" }, "Nil return"),
      el("div", { class: "govuk-checkboxes" }, el("div", { class: "govuk-checkboxes__item" }, box, el("label", { class: "govuk-label govuk-checkboxes__label", for: "nil-return" }, form.nil_return)))));
  }

  #facts(found: Filling): HTMLElement {
    return facts([["To be completed by", found.due === "" ? "No date" : el("time", { datetime: found.due, "data-deadline": "" }, longDay(found.due))], ["Questions to", breaking(found.contact)]]);
  }

  /** What a person must know before they go on. */
  #notices(found: Filling): HTMLElement[] {
    const inset = (...text: (HTMLElement | string)[]): HTMLElement => el("div", { class: "govuk-inset-text" }, ...text);
    return [
      ...(found.draft?.changed === true ? [inset("The authority changed this form after you began. Look at your answers again before you send them.")] : []),
      ...(this.#replaces !== "" && found.sent !== undefined ? [inset(`You sent this return on ${moment(found.sent.time)}. What you send now replaces it.`)]
        : found.done ? [inset("Your school has sent this return. What you send now replaces it.")] : []),
      ...(isLate(found) ? [inset(`This return was due by ${longDay(found.due)}. You can still send it; it is marked late.`)] : []),
    ];
  }

  async #check(source: Source): Promise<void> {
    clearErrors();
    const findings = findingsOf(source.form, answersOf(source.form, this.#draft.typed), londonDay(Date.now()));
    this.#settle(source);
    const errors = findings.filter((f) => f.query === "" && f.at !== declarationAt);
    if (errors.length > 0) showError(errors.map(({ at, text }) => ({ field: at, text })));
    else await this.#go("check");
  }

  #showCheck(found: Filling, source: Source, focus: boolean): void {
    const { form } = source;
    const findings = findingsOf(form, answersOf(form, this.#draft.typed), londonDay(Date.now()));
    if (findings.some((f) => f.query === "" && f.at !== declarationAt)) {
      history.replaceState({ step: "", urn: this.#which.urn }, "");
      this.#showForm(found, source, focus);
      return;
    }
    this.#step = "check";
    const answers = withoutIdle(answersOf(form, this.#draft.typed), findings.map((f) => f.query));
    const change = (field: Field): HTMLElement => {
      const made = link(addressOf(this.#which.page), "Change", field.label);
      made.addEventListener("click", (event) => {
        event.preventDefault();
        void this.#go("").then(() => { document.getElementById(field.id)?.focus(); });
      });
      return made;
    };
    const send = button("govuk-button", "Finish and Submit", () => void this.#send(source, send));
    send.setAttribute("data-send", "");
    this.#put("Check your answers", found.school, focus, this.#back(addressOf(this.#which.page), "Back", () => void this.#go("")), ...this.#notices(found),
      facts([["Return", link(`/s/${found.href}`, found.title)]]), ...answersShown(form, answers, change), this.#declaration(source),
      say("When you press Finish and Submit, your answers are encrypted for the authority and sent. ", amendWords(found)),
      el("p", { class: "govuk-body", role: "status", "data-sending": "" }),
      el("div", { class: "govuk-button-group" }, send, button("govuk-button govuk-button--secondary", "Save and exit", () => void this.#save())));
  }

  #declaration({ form }: Source): HTMLElement | undefined {
    if (form.declaration === "") return undefined;
    const box = el("input", { class: "govuk-checkboxes__input", id: declarationAt, type: "checkbox" });
    box.checked = this.#draft.typed.declared;
    box.addEventListener("change", () => { this.#draft.change({ ...this.#draft.typed, declared: box.checked }, this.#which); });
    return el("div", { class: "govuk-form-group" }, el("fieldset", { class: "govuk-fieldset" }, el("legend", { class: "govuk-fieldset__legend govuk-fieldset__legend--m" }, "Declaration"),
      el("div", { class: "govuk-checkboxes" }, el("div", { class: "govuk-checkboxes__item" }, box, el("label", { class: "govuk-label govuk-checkboxes__label", for: declarationAt }, form.declaration)))));
  }

  async #send(source: Source, press: HTMLElement): Promise<void> {
    if (this.#sending) return;
    clearErrors();
    const { form } = source;
    const { typed } = this.#draft;
    const findings = findingsOf(form, answersOf(form, typed), londonDay(Date.now()));
    const errors = findings.filter((f) => f.query === "");
    if (errors.length > 0) {
      showError(errors.map(({ at, text }) => ({ field: at, text })));
      return;
    }
    this.#sending = true;
    press.setAttribute("aria-disabled", "true");
    const status = this.#place.querySelector("[data-sending]");
    if (status !== null) status.textContent = "Encrypting and sending your answers…";
    await this.#draft.flush(this.#which);
    const payload = await payloadOf(form, withoutIdle(answersOf(form, typed), findings.map((f) => f.query)));
    const outcome = await ask(this.#worker, { ask: "send-form", which: this.#which, typed, payload, replaces: this.#replaces });
    this.#sending = false;
    press.removeAttribute("aria-disabled");
    if (status !== null) status.textContent = "";
    if (outcome !== null) this.#tell(outcome, source);
  }

  #tell(outcome: Outcome, source: Source): void {
    const found = this.#found;
    if (found === undefined) return;
    if (outcome.ok) {
      this.#found = { ...found, sent: outcome.sent, draft: undefined };
      this.#draft.take(undefined);
      this.#amending = false;
      this.#replaces = outcome.sent.deposit;
      history.replaceState({ step: "", urn: this.#which.urn }, "");
      void this.#showSent(this.#found, source, outcome.sent, true, true);
    } else if (outcome.why === "taken" && outcome.first !== undefined) this.#showTaken(found, source, outcome.first);
    else {
      const [heading, text] = whyNotSent(outcome.why, outcome.reference);
      showError([{ field: "", text }], heading);
    }
  }

  /** Somebody at the school sent it before: it stands until the person decides to replace it. */
  #showTaken(found: Filling, source: Source, first: { readonly time: string; readonly name: string; readonly deposit: string }): void {
    const who = first.name === "" ? "Somebody else at your school" : first.name;
    const replace = button("govuk-button", "Replace it with mine", () => {
      this.#replaces = first.deposit;
      this.#showCheck(found, source, true);
    });
    this.#put("It was sent already", found.school, true,
      el("div", { class: "govuk-warning-text" }, el("span", { class: "govuk-warning-text__icon", "aria-hidden": "true" }, "!"),
        el("strong", { class: "govuk-warning-text__text" }, hidden("Warning"), `${who} sent this return on ${moment(first.time)}. Yours was not taken.`)),
      say(first.name === "You" ? "You sent it from another device or tab." : "Speak to your colleague before you replace what they sent.", " What you typed is kept on this device."),
      isLate(found) ? say("The due date is over, so that what was sent can no longer be replaced. Tell the authority if something is wrong: ", found.contact, ".") : undefined,
      el("div", { class: "govuk-button-group" }, isLate(found) ? undefined : replace, this.#forget(), link(`/s/${found.href}`, "Back to the return")));
  }

  async #showSent(found: Filling, source: Source, sent: SentPaper, focus: boolean, now = false): Promise<void> {
    const payload = await ask(this.#worker, { ask: "sent-payload", deposit: sent.deposit });
    const answers = payload === null ? undefined : await readPayload(source.form, payload).catch(() => undefined);
    const late = found.due !== "" && londonDay(Date.parse(sent.time)) > found.due;
    const amend = button("govuk-button govuk-button--secondary", "Change what I sent", () => {
      this.#amending = true;
      this.#replaces = sent.subjectHash === found.formHash ? sent.deposit : "";
      this.#draft.change(answers === undefined ? nothingTyped : typedOf(source.form, answers), this.#which);
      void this.#go("");
    });
    const mayAmend = found.state === "open" && !isLate(found);
    this.#put(now ? "Your return was sent" : found.title, found.school, focus,
      el("div", { class: "govuk-panel govuk-panel--confirmation app-sent" }, el("p", { class: "govuk-panel__title" }, "Return sent"),
        el("div", { class: "govuk-panel__body" }, "Taken on ", el("strong", {}, moment(sent.time)))),
      late ? say(tag("Late", "orange"), ` It was due by ${longDay(found.due)}.`) : undefined,
      source.after === "" ? undefined : el("div", { class: "govuk-inset-text" }, source.after),
      say("The receipt was checked: your return has arrived. Keep the receipt; it is also under ", link("/s/sent.html", "What you sent"), "."),
      ...receiptParts(sent),
      el("h2", { class: "govuk-heading-m" }, "What happens next"),
      say(found.done ? "The authority has it. " : "The authority collects your return. Until then the list of returns says that it was sent. ", amendWords(found)),
      found.record === "" ? undefined : say(link(`/s/${found.record}`, "What the authority received from your school")),
      mayAmend ? say(amend) : undefined,
      ...(answers === undefined ? [] : [el("h2", { class: "govuk-heading-l" }, "What you answered"), ...answersShown(source.form, answers, () => undefined)]),
      say(link("/s/returns.html", "Surveys / Data Returns")));
  }

  async #save(): Promise<void> {
    const found = this.#found;
    if (found === undefined) return;
    if (this.#draft.version === 0) this.#draft.change({ ...this.#draft.typed }, this.#which);
    await this.#draft.flush(this.#which);
    const saved = await ask(this.#worker, { ask: "save-form", which: this.#which });
    if (saved === null) return;
    if (saved.why === "other") {
      const again = await this.#ask(true);
      this.#found = again ?? found;
      if (again?.other !== undefined) {
        this.#offerOther("You changed this return on another device as well", again.other, this.#draft.version);
        return;
      }
    }
    this.#put(saved.ok ? "Your answers are saved" : "Your answers are kept on this device", found.school, true,
      saved.ok ? say("Sign in on any device and open this return to go on. Nothing was sent yet.") : say(whyNotSaved(saved.why), " Nothing was sent yet."),
      found.due === "" ? undefined : say(`Send it by ${longDay(found.due)}.`),
      el("div", { class: "govuk-button-group" }, button("govuk-button govuk-button--secondary", "Go on with this return", () => { this.#show(true); }), link("/s/returns.html", "Surveys / Data Returns")));
  }

  #forget(): HTMLElement {
    return button("govuk-button govuk-button--secondary", "Delete what I typed", () => void this.#delete());
  }

  async #delete(): Promise<void> {
    await this.#draft.flush(this.#which);
    await ask(this.#worker, { ask: "drop-form", which: this.#which });
    this.#draft.take(undefined);
    this.#amending = false;
    if (this.#found !== undefined) this.#found = { ...this.#found, draft: undefined, other: undefined };
    history.replaceState({ step: "", urn: this.#which.urn }, "");
    this.#show(true);
  }

  #sayKept(): void {
    const place = this.#place.querySelector("[data-kept]");
    if (place !== null) place.textContent = this.#draft.version === 0 || this.#draft.loose ? "" : "Kept on this device.";
  }

  /** Another tab kept something, sent the return or deleted it. */
  async #elsewhere(): Promise<void> {
    if (this.#sending) return;
    const found = await this.#ask(false);
    // What this very tab keeps is news as well: only a version beyond its own is another's.
    await this.#draft.settled();
    if (found === undefined || (found.draft !== undefined && found.draft.version <= this.#draft.version)) return;
    const sentNow = found.sent !== undefined && found.sent.deposit !== this.#found?.sent?.deposit;
    if (found.draft === undefined && this.#draft.version === 0 && !sentNow) return;
    this.#found = found;
    if (sentNow && found.draft === undefined) {
      this.#amending = false;
      this.#show(true);
    } else if (this.#draft.loose || this.#place.contains(document.activeElement)) this.#offerOther("You changed this return in another tab as well", found.draft?.typed ?? nothingTyped, found.draft?.version ?? 0);
    else {
      this.#draft.take(found.draft);
      this.#show(false);
    }
  }

  /** Two wrote: the person says which counts. Both are there until then. */
  #offerOther(what: string, other: FormTyped, version: number): void {
    const source = this.#source;
    if (source === undefined) return;
    this.#torn = true;
    const choose = (typed: FormTyped): void => {
      this.#torn = false;
      if (this.#found !== undefined) this.#found = { ...this.#found, other: undefined };
      this.#draft.version = version;
      this.#draft.change(typed, this.#which);
      void this.#draft.flush(this.#which).then(() => { this.#show(true); });
    };
    this.#place.querySelector("[data-other]")?.remove();
    const box = el("div", { class: "govuk-inset-text", role: "alert", tabindex: "-1", "data-other": "" },
      el("h2", { class: "govuk-heading-m" }, what),
      say("Nothing is lost. Choose which one counts. In the other one stands:"),
      ...answersShown(source.form, answersOf(source.form, other), () => undefined),
      el("div", { class: "govuk-button-group" },
        button("govuk-button govuk-button--secondary", "Use what is here", () => { choose(this.#draft.typed); }),
        button("govuk-button govuk-button--secondary", "Use the other one", () => { choose(other); })));
    this.#place.prepend(box);
    box.focus();
  }

  /** The way back, above everything else of a step. */
  #back(href: string, text: string, act?: () => void): HTMLElement {
    const way = el("a", { class: "govuk-back-link", href }, text);
    if (act !== undefined) {
      way.addEventListener("click", (event) => {
        event.preventDefault();
        act();
      });
    }
    return el("nav", { "aria-label": "Back" }, way);
  }

  #put(name: string, caption: string, focus: boolean, ...parts: readonly (HTMLElement | undefined)[]): void {
    clearErrors();
    const heading = title(name, caption);
    const shown = parts.filter((p) => p !== undefined);
    const backs = shown.filter((p) => p.matches("nav"));
    this.#place.replaceChildren(...backs, el("div", { "data-error-summary": "", hidden: "" }), heading, ...shown.filter((p) => !backs.includes(p)));
    document.title = `Data return ${this.#portal}`;
    markDeadlines(Date.now());
    keepTables();
    if (!focus) return;
    heading.focus();
    scrollTo(0, 0);
  }
}

function isLate({ due }: Filling): boolean {
  return due !== "" && londonDay(Date.now()) > due;
}

function amendWords(found: Filling): string {
  return found.due === "" || isLate(found) ? "It cannot be changed afterwards." : `Until ${longDay(found.due)} you can send a newer version.`;
}
