/** The part of the account page where passkeys are listed, named, added and removed. */
import { formatCode } from "../../shared/account.ts";
import { longDay, londonDay } from "../../shared/dates.ts";
import type { Passkey } from "../../shared/kept.ts";
import type { IdentityFile, Published } from "../../shared/message.ts";
import { type Evaluated, sealPasskeyFile } from "../../shared/passkeyfile.ts";
import { button, el, hidden } from "../element.ts";
import { clearErrors, type Field, showError } from "../errors.ts";
import { ask, one } from "../line.ts";
import { hitches as notSent } from "../own/words.ts";
import { capable, type Hitch, type Made, make, PasskeyProblem, retire } from "./ceremony.ts";
import { add as addKept, bytesOf, edit, elsewhere, idOf, own, reconcile, tell } from "./kept.ts";

/** Whose passkeys, and how the identity file is opened once more. */
export interface Account {
  readonly code: string;
  readonly portal: string;
  readonly worker: ServiceWorker;
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
  const sends = section.dataset["sends"] !== undefined;
  const published = await ask(account.worker, { ask: "passkeys", code: account.code });
  await reconcile(account.code, published);
  const show = async (): Promise<void> => { list.replaceChildren(...listed(await own(account.code), { account, published: published ?? [], sends, act, say })); };
  const say = async (text: string): Promise<void> => {
    await show();
    said.textContent = text;
    one("h2", section)?.focus();
  };
  const act = async (change: (passkey: Passkey) => Passkey | undefined, done: string): Promise<void> => {
    await edit(change);
    await say(done);
  };
  const heading = one("h2", section);
  if (heading !== null) heading.tabIndex = -1;
  const about = el("p", { class: "govuk-body" }, "A passkey unlocks your papers with a fingerprint, a face, a PIN or a security key. You need not type your passphrase each day. " + (sends
    ? "It works on this device at once. When the authority has published it, it also works on your other devices, if your password manager takes it there. Keep your passphrase for all others."
    : "It works on this device only. Keep your passphrase: you need it on any other device."));
  section.append(about, said, list);
  await show();
  if (!(await capable())) section.append(incapable());
  else section.append(form(account, async (passkey) => {
    const added = `“${passkey.name}” was added. Next time, choose “Sign in with a passkey”.`;
    const why = sends ? await share(account.worker, passkey) : "";
    await say(why === "" ? added : `${added} It works on this device only as yet: ${why}`);
  }));
  section.append(forgotten());
  section.dataset["ready"] = "";
}

/** What an entry of the list needs. */
interface Context {
  readonly account: Account;
  readonly published: readonly Published[];
  /** Whether there is a drop-box to tell the authority by. */
  readonly sends: boolean;
  readonly act: (change: (passkey: Passkey) => Passkey | undefined, done: string) => Promise<void>;
  readonly say: (text: string) => Promise<void>;
}

/** Tells the authority of a passkey, to be published; why not, or empty. */
async function share(worker: ServiceWorker, passkey: Passkey): Promise<string> {
  const said = await tell(worker, { credential: idOf(passkey), file: passkey.file }, `Added “${passkey.name}”`);
  return said?.ok === true ? "" : notSent(said, "Use it elsewhere too");
}

function listed(passkeys: readonly Passkey[], context: Context): HTMLElement[] {
  const others = elsewhere(passkeys, context.published);
  if (passkeys.length + others.length === 0) return [el("p", { class: "govuk-body" }, "You have no passkey on this device.")];
  const list = el("ul", { class: "govuk-list app-passkeys" });
  list.append(...passkeys.map((passkey, at) => entry(passkey, at, context)), ...others.map((credential) => foreign(credential, context)));
  return [list];
}

/** Where a passkey works, as its entry says it. */
function standing({ removed, listed, sent }: Passkey): string {
  if (removed === true) return "Removed here. On other devices it stops working once the authority has published that";
  if (listed === true) return "Works wherever the passkey is";
  if (sent !== undefined) return `Works on this device. Sent to the authority on ${longDay(londonDay(Date.parse(sent)))}: once they have published it, it works wherever the passkey is`;
  return "Works on this device only";
}

function entry(passkey: Passkey, at: number, { account, sends, act, say }: Context): HTMLElement {
  const item = el("li", { class: "app-passkeys__item" });
  const same = (other: Passkey): boolean => idOf(other) === idOf(passkey);
  const name = el("strong", {}, passkey.name);
  const since = el("span", { class: "app-small" }, `Added ${longDay(londonDay(passkey.added))}. ${standing(passkey)}`);
  if (passkey.removed === true) {
    item.append(name, since);
    return item;
  }
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
  const told = passkey.listed === true || passkey.sent !== undefined;
  const remove = link("Remove", passkey.name, () => {
    const question = told ? `Remove “${passkey.name}”? It opens nothing on this device from now on, and nothing anywhere once the authority has published that. You can still sign in with your passphrase.` : `Remove “${passkey.name}” from this device? You can still sign in with your passphrase.`;
    sure(item, question, async () => {
      if (told) {
        const said = await tell(account.worker, { credential: idOf(passkey) }, `Removed “${passkey.name}”`);
        if (said?.ok !== true) {
          await say(`“${passkey.name}” was not removed. ${notSent(said, "Remove")}`);
          return;
        }
      }
      void retire(passkey.credential);
      await act((p) => (!same(p) ? p : p.listed === true ? { ...p, file: new Uint8Array(), removed: true } : undefined), `“${passkey.name}” was removed.`);
    }, () => act((p) => p, ""));
  });
  const actions = el("span", { class: "app-passkeys__actions" });
  if (sends && !told) {
    actions.append(link("Use it elsewhere too", passkey.name, () => {
      void share(account.worker, passkey).then((why) => say(why === "" ? `“${passkey.name}” was sent to the authority.` : why));
    }));
  }
  actions.append(rename, remove);
  item.append(name, since, actions);
  return item;
}

/** A passkey that was added on another device. */
function foreign(credential: string, { account, sends, act, say }: Context): HTMLElement {
  const item = el("li", { class: "app-passkeys__item" });
  const name = "Added on another device";
  const actions = el("span", { class: "app-passkeys__actions" });
  if (sends) {
    actions.append(link("Remove", name, () => {
      sure(item, "Remove the passkey that was added on another device? It opens nothing anywhere once the authority has published that. You can still sign in with your passphrase.", async () => {
        const said = await tell(account.worker, { credential }, "Removed a passkey that was added on another device");
        if (said?.ok === true) await addKept({ code: account.code, credential: bytesOf(credential), transports: [], file: new Uint8Array(), name, added: Date.now(), listed: true, removed: true });
        await say(said?.ok === true ? "The passkey was removed." : `The passkey was not removed. ${notSent(said, "Remove")}`);
      }, () => act((p) => p, ""));
    }));
  }
  item.append(el("strong", {}, name), el("span", { class: "app-small" }, "Works wherever the passkey is"), actions);
  return item;
}

/** Asks before something is removed. */
function sure(item: HTMLElement, text: string, remove: () => Promise<void>, keep: () => Promise<void>): void {
  const question = el("p", { class: "govuk-body" }, text);
  question.tabIndex = -1;
  const yes = button("govuk-button govuk-button--warning", "Remove passkey", () => { void remove(); });
  const no = button("govuk-button govuk-button--secondary", "Keep it", () => { void keep(); });
  const buttons = el("div", { class: "govuk-button-group" });
  buttons.append(yes, no);
  item.replaceChildren(question, buttons);
  question.focus();
}

function form(account: Account, onAdded: (passkey: Passkey) => Promise<void>): HTMLElement {
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
    void add(account, wanted, passphrase.control.value).then(async (made) => {
      if ("credential" in made) {
        form.reset();
        await onAdded(made);
      } else showError([made], "There is a problem", form);
    }).finally(() => {
      working = false;
      busy.textContent = "";
    });
  });
  return form;
}

async function add(account: Account, name: string, passphrase: string): Promise<{ field: Field; text: string } | Passkey> {
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
    const added = { code: account.code, credential, transports, file, name, added: Date.now() };
    await addKept(added);
    return added;
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
