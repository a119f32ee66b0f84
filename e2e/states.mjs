// Every state in which somebody may see the portal, as data: the gallery takes
// its picture, the accessibility sweep tests it. A new page or state gets a line
// here.
//
//   id       its file name in the gallery
//   group    its chapter there
//   title    what it shows
//   world    whose tree: "demo" (default), "old" (not confirmed for days) or
//            "bare" (a new authority: accounts, and nothing published)
//   who      who is signed in; nobody, where empty
//   at       the address that is opened; "pub:WORD" is the public page whose
//            name has the word
//   after    the state that it begins in, on the same page, in place of opening anew
//   steps    what is done there, by the names in hands.mjs
//   shows    what the page must then say, so that no state is tested unseen
//   short    also in the short sweep
//   alone    spoils the browser or the wire for others: a browser of its own
//   live     needs its script: not there where scripts are blocked
//   mode     "print" for paper, "noscript" where scripts were never allowed

const head = "Morgan Ellery";
const several = "Hester Brambling";
const ofTrust = "Anneke Dorsett-Lund";
const answering = "Alasdair Rookhope";
const lite = "Oliver Tanswick";
const senco = "Nadia Cranefield";
const governor = "Colin Fairwether";
const trustee = "Imelda Thornaby-Rusk";

const signIn = [["fill", "#code", "$code"], ["fill", "#passphrase", "$passphrase"]];
const submit = ["click", "form[data-sign-in] button[type=submit]"];
const wrong = "wrong-words-that-nobody-was-ever-given";

/** From the documents to the form by which a school sends some, and to files that are chosen in it. */
const toSending = [["follow", "Send documents"], ["wait", "#files"]];
const chosen = [...toSending, ["click", "label:has-text('Governor Services')"], ["choose", "minutes", "changes"], ["fill", "#message", "From our last meeting.\n\nThe clerk has changed."]];
const sendNow = ["click", "[data-send-now]"];
const sentNow = [...chosen, sendNow, ["waitLong", ".app-sent"]];

/** The parts of the account page that the drop-box makes possible. */
const toOwn = [["wait", "[data-own=address][data-ready]"], ["wait", "[data-own=everywhere][data-ready]"]];
const newAddress = (address) => [...toOwn, ["fill", "#new-address", address], ["click", "[data-own=address] button[type=submit]"]];
const permit = [...toOwn, ["wait", "[data-own=permits][data-ready]"]];
const permitNow = ["click", "[data-own=permits] button[type=submit]"];

/** From the list of returns to a form. */
const toForm = (title) => [["follow", title], ["wait", "[data-return] button"], ["click", "[data-return] button"], ["wait", "main form"]];

export const groups = ["Signing in", "When something is wrong", "Home", "Records of visits", "Answering", "Data returns", "Sending documents", "Lists", "Papers", "Finding and account", "A new authority", "Public pages", "On paper"];

export const states = [
  // ---- signing in ----
  { id: "sign-in", group: "Signing in", title: "Signed out", at: "/", shows: /Account code|Scripts are switched off/, short: true },
  { id: "sign-in-empty", group: "Signing in", title: "Nothing typed", at: "/", steps: [submit, ["wait", "#code-error"]], shows: /Enter your account code/, live: true, short: true },
  { id: "sign-in-code", group: "Signing in", title: "No such code", at: "/", steps: [["fill", "#code", "0000-0000"], ["fill", "#passphrase", wrong], submit, ["wait", "#code-error"]], shows: /no account with this code/, live: true },
  { id: "sign-in-passphrase", group: "Signing in", title: "Wrong passphrase", who: head, at: "/", signedOut: true, steps: [["fill", "#code", "$code"], ["fill", "#passphrase", wrong], submit, ["wait", "#passphrase-error"]], shows: /passphrase is not right/, live: true, short: true },
  { id: "sign-in-shown", group: "Signing in", title: "Passphrase shown", who: head, at: "/", signedOut: true, steps: [...signIn, ["click", "button[data-show]"]], shows: /Hide/, live: true },
  { id: "sign-in-opening", group: "Signing in", title: "Unlocking", who: head, at: "/", signedOut: true, alone: true, steps: [...signIn, ["hold", "/k/"], submit, ["wait", "[data-busy]:not(:empty)"]], shows: /Opening/, live: true },
  { id: "sign-in-help", group: "Signing in", title: "Help opened", at: "/", steps: [["openAll", "details"]], shows: /two ways back/, live: true, short: true },
  { id: "signed-out", group: "Signing in", title: "After signing out", who: head, at: "/s/home.html", alone: true, steps: [["click", "[data-sign-out]"], ["wait", "[data-ended]:not([hidden])"]], shows: /signed out on this device/, live: true },
  { id: "idle-warning", group: "Signing in", title: "About to lock after 20 minutes", who: head, at: "/s/sheets.html", alone: true, clock: true, steps: [["forward", "18:30"], ["wait", ".app-warning"]], shows: /still there/, live: true },
  { id: "locked-idle", group: "Signing in", title: "Locked after 20 minutes", who: head, at: "/s/sheets.html", alone: true, clock: true, after: "idle-warning", steps: [["forward", "05:00"], ["wait", "[data-ended]:not([hidden])"]], shows: /20 minutes/, live: true },
  { id: "sign-in-passkey", group: "Signing in", title: "With a passkey on this device", who: head, at: "/s/account.html", alone: true, steps: [["addPasskey", "Office laptop"], ["click", "[data-sign-out]"], ["wait", "[data-passkey-way]:not([hidden])"]], shows: /Sign in with a passkey/, live: true },
  { id: "sign-in-behind", group: "Signing in", title: "The e-mail speaks of something newer", who: head, at: "/s/home.html", alone: true, steps: [["click", "[data-sign-out]"], ["wait", "form[data-sign-in]:not([hidden])"], ["goto", "/index.html#h=99999999"], ["wait", "[data-behind]:not([hidden])"]], shows: /site may be behind/, live: true },
  { id: "shared-account", group: "Signing in", title: "Account on a shared computer", who: head, at: "/", signedOut: true, alone: true, steps: [...signIn, ["click", "#shared"], submit, ["wait", "body[data-page-ready]:not(:has(form[data-sign-in]))"], ["goto", "/s/account.html"], ["wait", "[data-passkeys][data-ready]"]], shows: /no passkey is added here/, live: true },
  { id: "shared-offline", group: "Signing in", title: "Reading offline on a shared computer", who: head, at: "/", signedOut: true, alone: true, after: "shared-account", steps: [["goto", "/s/offline.html"]], shows: /nothing is kept after you sign out/, live: true },
  { id: "shared-ended", group: "Signing in", title: "After signing out on a shared computer", who: head, at: "/", signedOut: true, alone: true, after: "shared-offline", steps: [["click", "[data-sign-out]"], ["wait", "[data-ended]:not([hidden])"]], shows: /signed out on this device/, live: true },
  { id: "no-script", group: "Signing in", title: "Scripts switched off", at: "/", mode: "noscript", shows: /Scripts are switched off/, short: true },
  { id: "no-script-lost", group: "Signing in", title: "Scripts switched off, at a lost address", at: "/nothing-here.html", mode: "noscript", shows: /Which of the two, only the script can tell/ },
  { id: "unnamed", group: "Signing in", title: "Come by a number in place of the site’s name", at: "/", alone: true, steps: [["byNumber"], ["wait", "[data-unnamed]:not([hidden])"]], shows: /Open this site by its name/, live: true },
  { id: "unsupported", group: "Signing in", title: "A browser that cannot unlock", at: "/", alone: true, without: "serviceWorker", shows: /cannot unlock/, live: true },

  // ---- when something is wrong ----
  { id: "stale-sign-in", group: "When something is wrong", title: "Not confirmed for days, on a device that knows the site", world: "old", who: head, at: "/s/home.html", alone: true, steps: [["click", "[data-sign-out]"], ["wait", "[data-stale]:not([hidden])"]], shows: /may be out of date/, live: true },
  { id: "stale-home", group: "When something is wrong", title: "Not confirmed for days, signed in", world: "old", who: head, at: "/s/home.html", steps: [["wait", ".app-stale"]], shows: /To do/, live: true },
  { id: "alarm", group: "When something is wrong", title: "The site’s program was replaced", who: head, at: "/s/home.html", alone: true, steps: [["add", "/sw.js$"], ["renewWorker"], ["wait", "text=/Do not sign in|ring the authority|cannot be trusted/"]], shows: /ring/, live: true },
  { id: "not-signed", group: "When something is wrong", title: "A head that nobody signed", who: head, at: "/s/home.html", alone: true, steps: [["change", "/head$"], ["goto", "/s/nothing.html"]], shows: /cannot be trusted/, live: true },
  { id: "damaged", group: "When something is wrong", title: "A paper that was changed", who: head, at: "/s/sheets.html", alone: true, steps: [["change", "^/b/"], ["followFirst", "tr[data-row] a"]], shows: /was changed/, live: true },
  { id: "offline-page", group: "When something is wrong", title: "Offline: a page that this device does not have", who: head, at: "/s/sheets.html", alone: true, steps: [["cut"], ["forgetPacks"], ["restartWorker"], ["followFirst", "tr[data-row] a"]], shows: /offline/i, live: true },
  { id: "offline-home", group: "When something is wrong", title: "Offline: what this device kept", who: head, at: "/s/home.html", alone: true, steps: [["cut"], ["goto", "/s/nothing.html"], ["goto", "/s/home.html"], ["wait", ".app-stale"]], shows: /To do/, live: true },
  { id: "offline-sign-in", group: "When something is wrong", title: "Offline: signing in", who: head, at: "/", signedOut: true, alone: true, steps: [...signIn, ["cut"], submit, ["wait", "[data-error-summary]:not([hidden])"]], shows: /cannot be reached/, live: true },
  { id: "not-found", group: "When something is wrong", title: "Not found, signed in", who: head, at: "/s/nothing.html", shows: /not found/i, short: true },
  { id: "not-found-signed-out", group: "When something is wrong", title: "Not found, signed out", at: "/nothing-here.html", shows: /not found|no page at this address/i, live: true },
  { id: "permission", group: "When something is wrong", title: "No permission for a page", who: governor, at: "/s/ffffffffffffffff/1111111111111111.html", shows: /Ask .+, the Headteacher of/, short: true },

  { id: "behind", group: "When something is wrong", title: "The e-mail speaks of something newer, signed in", who: head, at: "/s/home.html#h=99999999", steps: [["wait", "main .govuk-warning-text"]], shows: /site may be behind/, live: true },
  { id: "another-account", group: "When something is wrong", title: "A link for another account", who: head, at: "/s/home.html#a=7KQ2-M9XD", steps: [["wait", "main .app-switch"]], shows: /is for the account 7KQ2-M9XD/, live: true },

  // ---- home ----
  { id: "home", group: "Home", title: "A headteacher", who: head, at: "/s/home.html", shows: /To do/, short: true },
  { id: "home-several", group: "Home", title: "A business manager of three schools", who: several, at: "/s/home.html", shows: /To do/, short: true },
  { id: "home-trust", group: "Home", title: "A headteacher in a trust", who: ofTrust, at: "/s/home.html", shows: /To do/ },
  { id: "home-governor", group: "Home", title: "A governor, who may see the audit only", who: governor, at: "/s/home.html", shows: /Home/ },
  { id: "home-chosen", group: "Home", title: "One of three schools", who: several, at: "/s/home.html", alone: true, steps: [["lookAt", 1]], shows: /To do/, live: true },
  { id: "home-switch", group: "Home", title: "A link to another of one’s schools", who: answering, at: "/s/home.html", alone: true, steps: [["paperOfAnother"]], shows: /This is a paper of/, live: true },

  // ---- records of visits ----
  { id: "visits", group: "Records of visits", title: "All Records of Visits", who: head, at: "/s/visits.html", shows: /All Records of Visits/, short: true },
  { id: "visits-filtered", group: "Records of visits", title: "Filtered", who: head, at: "/s/visits.html#q=reading", shows: /Showing \d+ of/, live: true },
  { id: "visits-none", group: "Records of visits", title: "Nothing matches", who: head, at: "/s/visits.html#q=nothing+is+called+like+this", shows: /Nothing matches|No .* match/i, live: true },
  { id: "visits-filters", group: "Records of visits", title: "Filters opened", who: head, at: "/s/visits.html", steps: [["openAll", "details"]], shows: /All Records of Visits/, live: true, short: true },
  { id: "visits-trust", group: "Records of visits", title: "The trust’s tab", who: ofTrust, at: "/s/visits.html", steps: [["followFirst", ".app-tabs__item:not(.app-tabs__item--current) a"]], shows: /All Records of Visits/ },
  { id: "visits-audit", group: "Records of visits", title: "The audit only", who: governor, at: "/s/visits.html", shows: /All Records of Visits/, short: true },
  { id: "visits-several", group: "Records of visits", title: "Choosing a school", who: several, at: "/s/visits.html", shows: /Your schools/ },
  { id: "visit-respond", group: "Records of visits", title: "A visit that awaits a response", who: head, at: "/s/visits.html", steps: [["follow", "Read and Respond"], ["openAll", "main details"]], shows: /Respond by/, short: true },
  { id: "visit-inaccurate", group: "Records of visits", title: "A visit that was answered as inaccurate", who: "Oliver Tanswick", at: "/s/visits.html", steps: [["followFirst", "tr[data-row]:has-text('mathematics') a[href*='.html']"]], shows: /Inaccurate/i },
  { id: "visit-graded", group: "Records of visits", title: "A graded review", who: "Oliver Tanswick", at: "/s/visits.html", steps: [["followFirst", "tr[data-row]:has-text('annual') a[href*='.html']"]], shows: /Requires improvement/ },
  { id: "visit-long", group: "Records of visits", title: "A school with a very long name", who: "Percy Woldgate", at: "/s/visits.html", steps: [["followFirst", "tr[data-row] a[href$='.html']"]], shows: /Back to All Records of Visits The Northmoor Vale/ },
  { id: "visit-final", group: "Records of visits", title: "A visit that is finalised", who: head, at: "/s/visits.html", steps: [["followFirst", "tr[data-row]:has-text('mathematics') a[href*='.html']"]], shows: /Finalised.*What has happened/ },
  { id: "visit-other", group: "Records of visits", title: "An Other visit with an attachment", who: head, at: "/s/visits.html", steps: [["followFirst", "tr[data-row]:has-text('Premises walk') a[href*='.html']"]], shows: /Other visit: Premises walk.*Attachments/ },
  { id: "visit-trust", group: "Records of visits", title: "A visit of the trust", who: ofTrust, at: "/s/visits.html", steps: [["followFirst", ".app-tabs__item:not(.app-tabs__item--current) a"], ["followFirst", "tr[data-row] a[href$='.html']"]], shows: /Trust visit.*Source/ },

  // ---- answering ----
  { id: "answer-visit", group: "Answering", title: "The way in, on the visit’s page", world: "box", who: head, at: "/s/home.html", steps: [["openVisit"]], shows: /Accurate Inaccurate/, live: true },
  { id: "answer-start", group: "Answering", title: "Read and Respond", world: "box", who: head, at: "/s/home.html", steps: [["begin", "Page 2."], ["click", "nav[aria-label=Back] a"], ["wait", "text=/Is the record accurate/"]], shows: /View Visit Report.*Is the record accurate/, live: true },
  { id: "answer-comments", group: "Answering", title: "Saying what is inaccurate", world: "box", who: head, at: "/s/home.html", steps: [["begin", "The number on roll is 212, not 221."]], shows: /characters remaining/, live: true, short: true },
  { id: "answer-empty", group: "Answering", title: "Nothing typed", world: "box", who: head, at: "/s/home.html", steps: [["begin", ""], ["click", "button:has-text('Continue')"], ["wait", "#comments-error"]], shows: /Enter what is inaccurate/, live: true, short: true },
  { id: "answer-check", group: "Answering", title: "Check your answer", world: "box", who: head, at: "/s/home.html", steps: [["begin", "The number on roll is 212, not 221."], ["click", "button:has-text('Continue')"], ["wait", "[data-send]"]], shows: /Check your answer/, live: true, short: true },
  { id: "answer-offline", group: "Answering", title: "The line is down", world: "box", who: head, at: "/s/home.html", alone: true, steps: [["begin", "The number on roll is 212, not 221."], ["click", "button:has-text('Continue')"], ["wait", "[data-send]"], ["cut"], ["click", "[data-send]"], ["wait", "[data-error-summary]:not([hidden])"]], shows: /Nothing was sent/, live: true },
  { id: "answer-cheat", group: "Answering", title: "A receipt that cannot be believed", world: "box", who: ofTrust, at: "/s/home.html", alone: true, steps: [["begin", "The number on roll is 212, not 221."], ["click", "button:has-text('Continue')"], ["wait", "[data-send]"], ["change", "^/box/deposits/"], ["click", "[data-send]"], ["wait", "[data-error-summary]:not([hidden])"]], shows: /cannot be trusted/, live: true },
  { id: "answer-sent", group: "Answering", title: "Answer sent", world: "box", who: answering, at: "/s/home.html", steps: [["send"], ["openVisit", false], ["follow", "Your answer and its receipt"]], shows: /Receipt number/, live: true, short: true },
  { id: "answer-saved", group: "Answering", title: "Saved, to go on later", world: "box", who: head, at: "/s/home.html", alone: true, steps: [["begin", "The number on roll is 212, not 221."], ["click", "button:has-text('Save and exit')"], ["wait", "text=/Your answer is saved/"]], shows: /Sign in on any device/, live: true },
  { id: "answer-take-back", group: "Answering", title: "Before an answer is taken back", world: "box", who: answering, at: "/s/home.html", steps: [["send"], ["openVisit", false], ["follow", "Your answer and its receipt"], ["click", "button:has-text('Take this back')"], ["wait", "button:has-text('Yes, take it back')"]], shows: /What you sent then no longer counts/, live: true },
  { id: "answer-waits", group: "Answering", title: "The visit after the answer", world: "box", who: answering, at: "/s/home.html", steps: [["send"], ["openVisit", false]], shows: /You answered on/, live: true },
  { id: "sent", group: "Answering", title: "What you sent", world: "box", who: answering, at: "/s/home.html", steps: [["send"], ["goto", "/s/sent.html"]], shows: /What you sent/, live: true, short: true },
  { id: "sent-none", group: "Answering", title: "Nothing sent yet", world: "box", who: governor, at: "/s/sent.html", shows: /You have sent nothing/, live: true },
  { id: "print-receipt", group: "On paper", title: "A receipt", world: "box", who: answering, at: "/s/home.html", steps: [["send"], ["openVisit", false], ["follow", "Your answer and its receipt"]], shows: /Receipt number/, mode: "print" },
  { id: "answer-taken-back", group: "Answering", title: "An answer was taken back", world: "box", who: answering, at: "/s/home.html", alone: true, steps: [["send"], ["openVisit", false], ["follow", "Your answer and its receipt"], ["click", "button:has-text('Take this back')"], ["click", "button:has-text('Yes, take it back')"], ["wait", "text=/You took this back/"]], shows: /You took this back/, live: true },

  // ---- data returns ----
  { id: "return-page", group: "Data returns", title: "The way in, on the return’s page", world: "box", who: lite, at: "/s/returns.html", steps: [["follow", "Additional user-account"], ["wait", "[data-return]:not([hidden])"]], shows: /Complete this return|Go on with this return/, live: true },
  { id: "return-form", group: "Data returns", title: "A form", world: "box", who: lite, at: "/s/returns.html", steps: [...toForm("Autumn census")], shows: /Pupils on roll.*Save and exit/, live: true, short: true },
  { id: "return-table", group: "Data returns", title: "A table by subject", world: "box", who: lite, at: "/s/returns.html", steps: [...toForm("Projected target outcomes")], shows: /Outcomes by subject/, live: true },
  { id: "return-errors", group: "Data returns", title: "Errors", world: "box", who: lite, at: "/s/returns.html", steps: [...toForm("Places for pupils"), ["click", "button:has-text('Continue')"], ["wait", "[data-error-summary]:not([hidden])"]], shows: /Years 7 to 11, Plan: enter a number/, live: true, short: true },
  { id: "return-query", group: "Data returns", title: "A number that needs an explanation", world: "box", who: lite, at: "/s/returns.html", alone: true, steps: [...toForm("Places for pupils"), ["fill", "[id='places.years-3-to-6.support']", "70"], ["click", "button:has-text('Continue')"], ["wait", "[data-error-summary]:not([hidden])"]], shows: /Explain why this is right.*70 is more than expected/, live: true },
  { id: "return-sheet", group: "Data returns", title: "Filling a table in from a spreadsheet", world: "box", who: lite, at: "/s/returns.html", steps: [...toForm("Places for pupils"), ["openAll", "main details"]], shows: /Download a template/, live: true },
  { id: "return-late", group: "Data returns", title: "The way in, after the day", world: "box", who: head, at: "/s/returns.html", steps: [["follow", "Attendance strategy"], ["wait", "[data-return]:not([hidden])"]], shows: /You can still send it; it is marked late/, live: true },
  { id: "return-files", group: "Data returns", title: "A form that asks for files", world: "box", who: head, at: "/s/returns.html", steps: [...toForm("Attendance strategy"), ["wait", "#strategy"]], shows: /The strategy.*Save and exit/, live: true },
  { id: "return-offline", group: "Data returns", title: "The line is down", world: "box", who: lite, at: "/s/returns.html", alone: true, after: "return-check", steps: [["cut"], ["click", "[data-send]"], ["wait", "[data-error-summary]:not([hidden])"]], shows: /Nothing was sent/, live: true },
  { id: "return-check", group: "Data returns", title: "Check your answers", world: "box", who: lite, at: "/s/returns.html", alone: true, steps: [...toForm("Places for pupils"), ["click", "#nil-return"], ["click", "button:has-text('Continue')"], ["wait", "[data-send]"]], shows: /Check your answers/, live: true },
  { id: "return-saved", group: "Data returns", title: "Saved, to go on later", world: "box", who: lite, at: "/s/returns.html", alone: true, steps: [...toForm("Autumn census"), ["click", "button:has-text('Save and exit')"], ["wait", "text=/Your answers are saved/"]], shows: /Your answers are saved/, live: true },
  { id: "return-sent", group: "Data returns", title: "A data return was sent", world: "box", who: head, at: "/s/returns.html", alone: true, steps: [["sendReturn", "Places for pupils"]], shows: /Receipt number/, live: true },
  { id: "return-answered", group: "Data returns", title: "What was answered", world: "box", who: head, at: "/s/returns.html", alone: true, steps: [["sendReturn", "Places for pupils"], ["goto", "/s/returns.html"], ["follow", "Places for pupils"], ["wait", "[data-return]:not([hidden])"], ["follow", "What you answered"], ["wait", "text=/Nil return/"]], shows: /You sent this return|Nil return/, live: true },
  { id: "return-not-yours", group: "Data returns", title: "Who may not complete it", world: "box", who: senco, at: "/s/returns.html", steps: [["follow", "Places for pupils"], ["wait", "[data-return]:not([hidden])"]], shows: /can be completed by/, live: true },

  // ---- sending documents ----
  { id: "send", group: "Sending documents", title: "What can be sent to whom", world: "box", who: lite, at: "/s/documents.html", steps: [...toSending], shows: /Which service is it for\?.*Who receives what.*Documents that came and went/, live: true },
  { id: "send-no-box", group: "Sending documents", title: "Where nothing can be sent from here", who: lite, at: "/s/documents.html", steps: [["follow", "Send documents"]], shows: /Who receives what/ },
  { id: "send-errors", group: "Sending documents", title: "Nothing chosen", world: "box", who: lite, at: "/s/documents.html", steps: [...toSending, sendNow, ["wait", "[data-error-summary]:not([hidden])"]], shows: /Choose the service that it is for/, live: true, short: true },
  { id: "send-chosen", group: "Sending documents", title: "Files chosen", world: "box", who: lite, at: "/s/documents.html", steps: [...chosen], shows: /minutes\.pdf.*changes\.pdf/, live: true },
  { id: "send-progress", group: "Sending documents", title: "A large upload is on its way", world: "box", who: lite, at: "/s/documents.html", alone: true, steps: [...chosen, ["choose", "scan:24"], ["holdPieces", 1], sendNow, ["waitLong", "text=/Sending: [1-9]/"]], shows: /Sending: [1-9].*Cancel/, live: true },
  { id: "send-broken", group: "Sending documents", title: "The line broke on the way", world: "box", who: lite, at: "/s/documents.html", alone: true, steps: [...chosen, ["choose", "scan:24"], ["cutPieces", 1], sendNow, ["waitLong", "text=/The line is broken/"]], shows: /The line is broken/, live: true },
  { id: "send-unfinished", group: "Sending documents", title: "Begun, and not finished", world: "box", who: lite, at: "/s/documents.html", alone: true, after: "send-broken", steps: [["reload"], ["wait", "button:has-text('Go on sending')"]], shows: /Not finished.*Go on sending.*Cancel it/, live: true },
  { id: "send-sent", group: "Sending documents", title: "Documents were sent", world: "box", who: lite, at: "/s/documents.html", alone: true, steps: [...sentNow], shows: /Your documents were sent.*Receipt number/, live: true },
  { id: "send-more", group: "Sending documents", title: "Adding to what was sent", world: "box", who: lite, at: "/s/documents.html", alone: true, after: "send-sent", steps: [["click", "button:has-text('Send another file with this')"], ["wait", "#files"]], shows: /added to what you sent before/, live: true },
  { id: "send-back", group: "Sending documents", title: "Reading what was sent", world: "box", who: lite, at: "/s/documents.html", alone: true, steps: [...sentNow, ["goto", "/s/sent.html"], ["wait", "td a:has-text('Receipt')"], ["click", "td a:has-text('Receipt')"], ["wait", "a:has-text('Read what you sent')"], ["click", "a:has-text('Read what you sent')"], ["waitLong", "button:has-text('Save minutes.pdf')"]], shows: /Save minutes\.pdf/, live: true },

  // ---- lists ----
  { id: "sheets", group: "Lists", title: "MI sheets", who: head, at: "/s/sheets.html", shows: /Management Information sheets/, short: true },
  { id: "returns", group: "Lists", title: "Data returns", who: head, at: "/s/returns.html", shows: /Data Returns/ },
  { id: "documents", group: "Lists", title: "Documents", who: head, at: "/s/documents.html", shows: /Documents/ },
  { id: "documents-several", group: "Lists", title: "Documents of three schools", who: several, at: "/s/documents.html", shows: /Documents/ },
  { id: "news", group: "Lists", title: "News", who: head, at: "/s/news.html", shows: /News/ },
  { id: "results", group: "Lists", title: "Results", who: head, at: "/s/results.html", shows: /Results/ },

  // ---- papers ----
  { id: "sheet-action", group: "Papers", title: "An Action sheet", who: head, at: "/s/sheets.html", steps: [["followFirst", "tr[data-row]:has-text('Action') a"]], shows: /MI Number/i, short: true },
  { id: "sheet-information", group: "Papers", title: "An Information sheet", who: head, at: "/s/sheets.html", steps: [["followFirst", "tr[data-row]:has-text('Information') a"]], shows: /MI Number/i },
  { id: "return", group: "Papers", title: "A data return", who: head, at: "/s/returns.html", steps: [["followFirst", "tr[data-row] a"]], shows: /Back to Surveys . Data Returns/, short: true },
  { id: "document", group: "Papers", title: "A document", who: head, at: "/s/documents.html", steps: [["followFirst", "tr[data-row] th a"]], shows: /Back to Documents/ },
  { id: "document-letter", group: "Papers", title: "A letter", who: head, at: "/s/documents.html", steps: [["follow", "Support for Fernside"]], shows: /Dear Morgan/ },
  { id: "news-item", group: "Papers", title: "A news item", who: head, at: "/s/news.html", steps: [["follow", "Flu vaccinations continue"]], shows: /Back to News.*Flu vaccinations continue/ },
  { id: "result", group: "Papers", title: "Results with figures", who: head, at: "/s/results.html", steps: [["followFirst", "tr[data-row] a"]], shows: /Back to Results/, short: true },

  // ---- finding and account ----
  { id: "search", group: "Finding and account", title: "Search", who: head, at: "/s/search.html", shows: /Search/ },
  { id: "search-found", group: "Finding and account", title: "Found", who: head, at: "/s/search.html#q=reading", shows: /Showing \d+ of|found|reading/i, live: true, short: true },
  { id: "search-none", group: "Finding and account", title: "Nothing found", who: head, at: "/s/search.html#q=nothingiscalledlikethis", steps: [["wait", "text=/Nothing was found/"]], shows: /Nothing was found/, live: true },
  { id: "schools", group: "Finding and account", title: "Your schools", who: several, at: "/s/schools.html", shows: /Your schools/ },
  { id: "schools-trust", group: "Finding and account", title: "A trust’s view of its schools", who: trustee, at: "/s/schools.html", steps: [["wait", "tr[data-row]"]], shows: /Larkfield High School.*ask the Headteacher/, live: true },
  { id: "account", group: "Finding and account", title: "Account", who: head, at: "/s/account.html", shows: /Your account/i, short: true },
  { id: "account-several", group: "Finding and account", title: "Account with three schools", who: several, at: "/s/account.html", shows: /Your account/i },
  { id: "people", group: "Finding and account", title: "Who can see what", who: head, at: "/s/account.html", steps: [["follow", "Who can see what"]], shows: /what each can see/, short: true },
  { id: "own", group: "Finding and account", title: "What one can change oneself", world: "box", who: head, at: "/s/account.html", steps: permit, shows: /New e-mail address.*Who may see what at.*Sign out everywhere/, live: true },
  { id: "address-wrong", group: "Finding and account", title: "No e-mail address", world: "box", who: head, at: "/s/account.html", steps: [...newAddress("morgan at fernside"), ["wait", "#new-address-error"]], shows: /Enter an e-mail address like/, live: true, short: true },
  { id: "address-shared", group: "Finding and account", title: "A mailbox that several people read", world: "box", who: head, at: "/s/account.html", steps: [...newAddress("office@fernside.example"), ["wait", "#new-address-error"]], shows: /looks like a mailbox that several people read/, live: true },
  { id: "address-offline", group: "Finding and account", title: "The address could not be sent", world: "box", who: head, at: "/s/account.html", alone: true, steps: [...toOwn, ["cut"], ...newAddress("m.ellery@fernside.example"), ["wait", "[data-own=address] [data-error-summary]:not([hidden])"]], shows: /Your address was not changed.*cannot be reached/, live: true },
  { id: "address-waits", group: "Finding and account", title: "A changed address waits for the authority", world: "box", who: governor, at: "/s/account.html", alone: true, steps: [...newAddress("c.fairwether@fernside.example"), ["wait", "[data-own=address] .govuk-inset-text"]], shows: /You asked us to write to c\.fairwether@fernside\.example/, live: true },
  { id: "permit-errors", group: "Finding and account", title: "Permission for nobody", world: "box", who: head, at: "/s/account.html", steps: [...permit, permitNow, ["wait", "[data-own=permits] [data-error-summary]:not([hidden])"]], shows: /Choose a person/, live: true },
  { id: "permit-waits", group: "Finding and account", title: "A permission waits for the authority", world: "box", who: head, at: "/s/account.html", alone: true, steps: [...permit, ["choosePerson", "Colin Fairwether"], permitNow, ["wait", "[data-own=permits] .govuk-inset-text"]], shows: /Waiting for the authority: Colin Fairwether/, live: true, short: true },
  { id: "everywhere-offline", group: "Finding and account", title: "Signing out everywhere, without a line", world: "box", who: head, at: "/s/account.html", alone: true, steps: [...toOwn, ["cut"], ["click", "button:text-is('Sign out everywhere')"], ["wait", "[data-own=everywhere] .govuk-error-message"]], shows: /You are still signed in everywhere/, live: true },
  { id: "everywhere-ended", group: "Finding and account", title: "Signed out everywhere", world: "box", who: governor, at: "/s/account.html", alone: true, steps: [...toOwn, ["click", "button:text-is('Sign out everywhere')"], ["wait", "[data-ended]:not([hidden])"]], shows: /signed out on this device/, live: true },
  { id: "download", group: "Finding and account", title: "Download everything", who: head, at: "/s/download.html", alone: true, steps: [["wait", "[data-place] button"]], shows: /One zip with all/, live: true },
  { id: "download-done", group: "Finding and account", title: "Everything was downloaded", who: head, at: "/s/download.html", alone: true, after: "download", steps: [["click", "[data-place] button:has-text('Download')"], ["wait", "text=/Downloaded: /"]], shows: /README.txt/, live: true },
  { id: "passkey-none", group: "Finding and account", title: "No passkey yet", who: head, at: "/s/account.html", alone: true, steps: [["authenticator"], ["goto", "/s/account.html"], ["wait", "[data-passkeys][data-ready] #passkey-name"]], shows: /You have no passkey on this device/, live: true },
  { id: "passkey-empty", group: "Finding and account", title: "A passkey without a name", who: head, at: "/s/account.html", alone: true, after: "passkey-none", steps: [["click", "[data-passkeys] form button[type=submit]"], ["wait", "#passkey-name-error"]], shows: /Enter a name for the passkey/, live: true },
  { id: "passkey-added", group: "Finding and account", title: "A passkey was added", who: head, at: "/s/account.html", alone: true, steps: [["addPasskey", "Office laptop"]], shows: /“Office laptop” was added/, live: true },
  { id: "passkey-remove", group: "Finding and account", title: "Removing a passkey", who: head, at: "/s/account.html", alone: true, after: "passkey-added", steps: [["click", "button:has-text('Remove')"], ["wait", "button:has-text('Keep it')"]], shows: /Remove “Office laptop”/, live: true },
  { id: "passkey-rename", group: "Finding and account", title: "A passkey gets another name", who: head, at: "/s/account.html", alone: true, after: "passkey-remove", steps: [["click", "button:has-text('Keep it')"], ["click", "button:has-text('Rename')"], ["wait", "#passkey-rename-0"]], shows: /New name for/, live: true },
  { id: "passkey-incapable", group: "Finding and account", title: "A browser without passkeys", who: head, at: "/s/account.html", alone: true, without: "PublicKeyCredential", steps: [["wait", "[data-passkeys][data-ready]"]], shows: /cannot unlock papers with a passkey/, live: true },
  { id: "offline", group: "Finding and account", title: "Reading offline", who: head, at: "/s/offline.html", steps: [["wait", "[data-keep]:not([hidden])"]], shows: /Keep everything for offline/, live: true, short: true },
  { id: "offline-kept", group: "Finding and account", title: "Everything is kept", who: head, at: "/s/offline.html", alone: true, steps: [["click", "[data-keep]"], ["wait", "text=/Everything that you may read is on this device/"]], shows: /Remove what is kept/, live: true },
  { id: "offline-keeping", group: "Finding and account", title: "Keeping everything, under way", who: head, at: "/s/offline.html", alone: true, steps: [["wait", "[data-keep]:not([hidden])"], ["hold", "/b/"], ["click", "[data-keep]"], ["wait", "[data-keep-stop]:not([hidden])"]], shows: /Stop/, live: true },

  // ---- a new authority ----
  { id: "bare-home", group: "A new authority", title: "Home with nothing published", world: "bare", who: head, at: "/s/home.html", shows: /nothing to do/, short: true },
  { id: "bare-visits", group: "A new authority", title: "No visits", world: "bare", who: head, at: "/s/visits.html", shows: /All Records of Visits/ },
  { id: "bare-sheets", group: "A new authority", title: "No MI sheets", world: "bare", who: head, at: "/s/sheets.html", shows: /No Management Information sheets/ },
  { id: "bare-returns", group: "A new authority", title: "No data returns", world: "bare", who: head, at: "/s/returns.html", shows: /No data returns/ },
  { id: "bare-documents", group: "A new authority", title: "No documents", world: "bare", who: head, at: "/s/documents.html", shows: /No documents/ },
  { id: "bare-news", group: "A new authority", title: "No news", world: "bare", who: head, at: "/s/news.html", shows: /no news/i },
  { id: "bare-results", group: "A new authority", title: "No results", world: "bare", who: head, at: "/s/results.html", shows: /No results/ },
  { id: "bare-search", group: "A new authority", title: "Nothing to search", world: "bare", who: head, at: "/s/search.html", steps: [["wait", "text=/nothing for you to search/i"]], shows: /nothing for you to search/i, live: true },

  // ---- public pages ----
  { id: "public-sheet", group: "Public pages", title: "A public page", at: "pub:term-dates", shows: /Term dates/i, short: true },
  { id: "public-letter", group: "Public pages", title: "A letter to parents", at: "pub:flu", shows: /vaccination/i },
  { id: "about-help", group: "Public pages", title: "Help", at: "/about/help.html", shows: /What this site has/, short: true },
  { id: "about-help-signed-in", group: "Public pages", title: "Help, signed in", who: head, at: "/about/help.html", steps: [["wait", "[data-signed-in]:not([hidden])"]], shows: /What this site has/, live: true },
  { id: "about-cookies", group: "Public pages", title: "Cookies", at: "/about/cookies.html", shows: /cookies/i },
  { id: "about-privacy", group: "Public pages", title: "Privacy notice", at: "/about/privacy.html", shows: /privacy/i },
  { id: "about-accessibility", group: "Public pages", title: "Accessibility statement", at: "/about/accessibility.html", shows: /Accessibility/ },

  // ---- on paper ----
  { id: "print-visit", group: "On paper", title: "A visit", who: head, at: "/s/visits.html", steps: [["follow", "Read and Respond"]], shows: /Report of the visit|Early reading|Respond by/, mode: "print" },
  { id: "print-visits", group: "On paper", title: "All Records of Visits", who: head, at: "/s/visits.html", shows: /All Records of Visits/, mode: "print" },
  { id: "print-sheet", group: "On paper", title: "An MI sheet", who: head, at: "/s/sheets.html", steps: [["followFirst", "tr[data-row] a"]], shows: /MI Number/i, mode: "print" },
  { id: "print-return", group: "On paper", title: "A data return", who: head, at: "/s/returns.html", steps: [["followFirst", "tr[data-row] a"]], shows: /Data return/i, mode: "print" },
  { id: "print-document", group: "On paper", title: "A document", who: head, at: "/s/documents.html", steps: [["followFirst", "tr[data-row] th a"]], shows: /Published .* Questions about this/, mode: "print" },
  { id: "print-result", group: "On paper", title: "Results", who: head, at: "/s/results.html", steps: [["followFirst", "tr[data-row] a"]], shows: /Released .* Measure/, mode: "print" },
  { id: "print-home", group: "On paper", title: "Home", who: head, at: "/s/home.html", shows: /To do/, mode: "print" },
  { id: "print-sheets", group: "On paper", title: "The list of MI sheets", who: head, at: "/s/sheets.html", shows: /Management Information sheets/, mode: "print" },
  { id: "print-final", group: "On paper", title: "A finalised visit", who: head, at: "/s/visits.html", steps: [["followFirst", "tr[data-row]:has-text('mathematics') a[href*='.html']"]], shows: /What has happened/, mode: "print" },
  { id: "print-answered", group: "On paper", title: "What was answered to a data return", world: "box", who: head, at: "/s/returns.html", alone: true, steps: [["sendReturn", "Places for pupils"], ["goto", "/s/returns.html"], ["follow", "Places for pupils"], ["wait", "[data-return]:not([hidden])"], ["follow", "What you answered"], ["wait", "text=/Nil return/"]], shows: /Nil return/, mode: "print" },
  { id: "print-check", group: "On paper", title: "Answers to a data return, before they are sent", world: "box", who: lite, at: "/s/returns.html", alone: true, steps: [...toForm("Places for pupils"), ["click", "#nil-return"], ["click", "button:has-text('Continue')"], ["wait", "[data-send]"]], shows: /Check your answers/, mode: "print" },
];
