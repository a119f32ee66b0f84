/** The part of the account page where passkeys are listed, named, added and removed. */
import { formatCode } from "../../shared/account.ts";
import { longDay, londonDay } from "../../shared/dates.ts";
import { keep, type Passkey, recall } from "../../shared/kept.ts";
import type { IdentityFile } from "../../shared/message.ts";
import { type Evaluated, sealPasskeyFile } from "../../shared/passkeyfile.ts";
import { button, el, hidden } from "../element.ts";
import { clearErrors, type Field, showError } from "../errors.ts";
import { one } from "../line.ts";
import { capable, type Hitch, type Made, make, PasskeyProblem, retire } from "./ceremony.ts";

/** Whose passkeys, and how the identity file is opened once more. */
export interface Account {
  readonly code: string;
  readonly portal: string;
  readonly identity: (passphrase: string) => Promise<IdentityFile>;
}

const longestName = 60;

const hitches: Record<Hitch, string> = {
  browser: "This browser cannot unlock papers with a passkey.",
  authenticator: "This device made a passkey, but one that cannot unlock papers, so it was not added. If your password manager still lists it, delete it there. Try another device or a security key, or keep signing in with your passphrase.",
  cancelled: "No passkey was added: you cancelled, or it took too long. Try again when you are ready.",
  twice: "This device already has a passkey for your account.",
  long: "This device makes passkeys of a kind that we cannot use. Try another one, or keep signing in with your passphrase.",
  address: "Passkeys do not work at this address. Open the site by its usual name.",
  failed: "The passkey could not be added. Try again, or keep signing in with your passphrase.",
};

/** Fills the section: what there is on this device, and a form for another, where the browser can. */
export async function manage(section: HTMLElement, account: Account): Promise<void> {
  const list = el("div");
  const said = el("p", { class: "govuk-body" });
  said.setAttribute("role", "status");
  const show = async (): Promise<void> => { list.replaceChildren(...listed(await own(account.code), act)); };
  const act = async (change: (passkey: Passkey) => Passkey | undefined, done: string): Promise<void> => {
    await edit(change);
    await show();
    said.textContent = done;
    one("h2", section)?.focus();
  };
  const heading = one("h2", section);
  if (heading !== null) heading.tabIndex = -1;
  const about = el("p", { class: "govuk-body" }, "A passkey unlocks your papers with a fingerprint, a face, a PIN or a security key. You need not type your passphrase each day. It works on this device only. Keep your passphrase: you need it on any other device.");
  section.append(about, said, list);
  await show();
  if (!(await capable())) section.append(incapable());
  else section.append(form(account, async (name) => {
    await show();
    said.textContent = `“${name}” was added. Next time, choose “Sign in with a passkey”.`;
    heading?.focus();
  }));
  section.append(forgotten());
  section.dataset["ready"] = "";
}

async function own(code: string): Promise<Passkey[]> {
  return ((await recall("passkeys")) ?? []).filter((p) => p.code === code);
}

/** Changes every passkey that the change gives another for; takes away those for which it gives none. */
async function edit(change: (passkey: Passkey) => Passkey | undefined): Promise<void> {
  await keep("passkeys", ((await recall("passkeys")) ?? []).flatMap((p) => change(p) ?? []));
}

type Act = (change: (passkey: Passkey) => Passkey | undefined, done: string) => Promise<void>;

function listed(passkeys: readonly Passkey[], act: Act): HTMLElement[] {
  if (passkeys.length === 0) return [el("p", { class: "govuk-body" }, "You have no passkey on this device.")];
  const list = el("ul", { class: "govuk-list app-passkeys" });
  list.append(...passkeys.map((passkey, at) => entry(passkey, at, act)));
  return [list];
}

function entry(passkey: Passkey, at: number, act: Act): HTMLElement {
  const item = el("li", { class: "app-passkeys__item" });
  const same = (other: Passkey): boolean => other.credential.join() === passkey.credential.join();
  const name = el("strong", {}, passkey.name);
  const since = el("span", { class: "app-small" }, `Added ${longDay(londonDay(passkey.added))}`);
  const rename = link("Rename", passkey.name, () => {
    const field = input(`passkey-rename-${String(at)}`, `New name for “${passkey.name}”`, "", passkey.name);
    const save = button("govuk-button govuk-button--secondary", "Save name", () => undefined);
    save.type = "submit";
    const form = el("form");
    form.autocomplete = "off";
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = field.control.value.trim().slice(0, longestName) || passkey.name;
      void act((p) => (same(p) ? { ...p, name: text } : p), `The passkey is now called “${text}”.`);
    });
    form.append(field.group, save);
    item.replaceChildren(form);
    field.control.select();
  });
  const remove = link("Remove", passkey.name, () => {
    const question = el("p", { class: "govuk-body" }, `Remove “${passkey.name}” from this device? You can still sign in with your passphrase.`);
    question.tabIndex = -1;
    const yes = button("govuk-button govuk-button--warning", "Remove passkey", () => {
      void retire(passkey.credential);
      void act((p) => (same(p) ? undefined : p), `“${passkey.name}” was removed.`);
    });
    const no = button("govuk-button govuk-button--secondary", "Keep it", () => { void act((p) => p, ""); });
    const buttons = el("div", { class: "govuk-button-group" });
    buttons.append(yes, no);
    item.replaceChildren(question, buttons);
    question.focus();
  });
  const actions = el("span", { class: "app-passkeys__actions" });
  actions.append(rename, remove);
  item.append(name, since, actions);
  return item;
}

function form(account: Account, onAdded: (name: string) => Promise<void>): HTMLElement {
  const form = el("form");
  form.noValidate = true;
  form.autocomplete = "off";
  const summary = el("div");
  summary.dataset["errorSummary"] = "";
  summary.hidden = true;
  const heading = el("h3", { class: "govuk-heading-s" }, "Add a passkey on this device");
  const warning = el("p", { class: "govuk-body" }, "Do not add one on a computer that others use under the same name: sign in there with your passphrase.");
  const name = input("passkey-name", "Name of the passkey", "So that you can tell them apart, such as “Office laptop”. It stays on this device: leave out people’s names", "");
  // Password managers fill the passphrase of the account that is named beside it.
  const user = el("input");
  user.type = "text";
  user.name = "username";
  user.autocomplete = "username";
  user.value = formatCode(account.code);
  user.hidden = true;
  const passphrase = input("passphrase", "Your passphrase", "Once more, so that nobody else can add a passkey while you are away from your desk", "");
  passphrase.control.type = "password";
  passphrase.control.autocomplete = "current-password";
  const busy = el("p", { class: "govuk-body" });
  busy.setAttribute("role", "status");
  const submit = button("govuk-button", "Add passkey", () => undefined);
  submit.type = "submit";
  form.append(summary, heading, warning, name.group, user, passphrase.group, submit, busy);
  let working = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (working) return;
    working = true;
    clearErrors();
    busy.textContent = "Opening… this takes a few seconds. Then your device asks for you.";
    const wanted = name.control.value.trim().slice(0, longestName);
    void add(account, wanted, passphrase.control.value).then(async (problem) => {
      if (problem === undefined) {
        form.reset();
        await onAdded(wanted);
      } else showError([problem], "There is a problem", form);
    }).finally(() => {
      working = false;
      busy.textContent = "";
    });
  });
  return form;
}

async function add(account: Account, name: string, passphrase: string): Promise<{ field: Field; text: string } | undefined> {
  if (name === "") return { field: "passkey-name", text: "Enter a name for the passkey" };
  if (passphrase.trim() === "") return { field: "passphrase", text: "Enter your passphrase" };
  const opened = await account.identity(passphrase);
  if (!opened.ok) {
    if (opened.why === "passphrase") return { field: "passphrase", text: "The passphrase is not right. Check every word against your key letter." };
    return { field: "", text: opened.why === "offline" ? "The site cannot be reached. Check your connection and try again." : "Your account could not be opened once more. Sign out, sign in and try again." };
  }
  try {
    let passkey: Made | undefined;
    const others = await own(account.code);
    const evaluate = async (nonce: Uint8Array): Promise<Evaluated> => {
      passkey = await make(account.code, account.portal, others, nonce);
      return passkey.evaluated;
    };
    const file = await sealPasskeyFile(opened.file, evaluate);
    if (passkey === undefined) throw new PasskeyProblem("failed");
    const { credential, transports } = passkey;
    await keep("passkeys", [...((await recall("passkeys")) ?? []), { code: account.code, credential, transports, file, name, added: Date.now() }]);
    return undefined;
  } catch (error) {
    return { field: "", text: hitches[error instanceof PasskeyProblem ? error.why : "failed"] };
  }
}

function incapable(): HTMLElement {
  return el("div", { class: "govuk-inset-text" }, `${hitches.browser} A current version of Edge, Chrome or Safari can on most devices. Or let your browser’s password manager remember your passphrase: the sign-in page is made so that it can fill it in.`);
}

/** Said here, where somebody is signed in: before it happens. */
function forgotten(): HTMLElement {
  const details = el("details", { class: "govuk-details" });
  const summary = el("summary", { class: "govuk-details__summary" });
  summary.append(el("span", { class: "govuk-details__summary-text" }, "If you forget your passphrase"));
  const text = el("div", { class: "govuk-details__text" });
  const ways = el("ol", { class: "govuk-list govuk-list--number" });
  ways.append(
    el("li", {}, "What you kept: your key letter in the school’s safe, a password manager, or a passkey on one of your devices. With any of them you sign in at once."),
    el("li", {}, "A new key letter from us. We ring your school back on the number that we have for it. Your papers are all still there; the old letter and your passkeys stop working."),
  );
  text.append(el("p", { class: "govuk-body" }, "Nobody can look it up. There are two ways back:"), ways);
  details.append(summary, text);
  return details;
}

/** A button that looks like a link, with what it is about for those who hear it. */
function link(text: string, about: string, act: () => void): HTMLButtonElement {
  const element = button("app-passkeys__action", text, act);
  element.append(hidden(` “${about}”`));
  return element;
}

function input(id: string, label: string, hint: string, value: string): { group: HTMLElement; control: HTMLInputElement } {
  const group = el("div", { class: "govuk-form-group" });
  const title = el("label", { class: "govuk-label", for: id }, label);
  const control = el("input");
  control.className = "govuk-input govuk-!-width-two-thirds";
  control.id = id;
  control.type = "text";
  control.autocomplete = "off";
  control.spellcheck = false;
  control.value = value;
  control.maxLength = longestName * 4;
  group.append(title);
  if (hint !== "") {
    const text = el("div", { class: "govuk-hint" }, hint);
    text.id = `${id}-hint`;
    control.setAttribute("aria-describedby", text.id);
    group.append(text);
  }
  group.append(control);
  return { group, control };
}
