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

const signIn = [["fill", "#code", "$code"], ["fill", "#passphrase", "$passphrase"]];
const submit = ["click", "form[data-sign-in] button[type=submit]"];
const wrong = "wrong-words-that-nobody-was-ever-given";

/** From the list of returns to a form. */
const toForm = (title) => [["follow", title], ["wait", "[data-return] button"], ["click", "[data-return] button"], ["wait", "main form"]];

export const groups = ["Signing in", "When something is wrong", "Home", "Records of visits", "Answering", "Data returns", "Lists", "Papers", "Finding and account", "A new authority", "Public pages", "On paper"];

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

  // ---- data returns ----
  { id: "return-page", group: "Data returns", title: "The way in, on the return’s page", world: "box", who: lite, at: "/s/returns.html", steps: [["follow", "Additional user-account"], ["wait", "[data-return]:not([hidden])"]], shows: /Complete this return|Go on with this return/, live: true },
  { id: "return-form", group: "Data returns", title: "A form", world: "box", who: lite, at: "/s/returns.html", steps: [...toForm("Autumn census")], shows: /Pupils on roll.*Save and exit/, live: true, short: true },
  { id: "return-table", group: "Data returns", title: "A table by subject", world: "box", who: lite, at: "/s/returns.html", steps: [...toForm("Projected target outcomes")], shows: /Outcomes by subject/, live: true },
  { id: "return-errors", group: "Data returns", title: "Errors", world: "box", who: lite, at: "/s/returns.html", steps: [...toForm("Places for pupils"), ["click", "button:has-text('Continue')"], ["wait", "[data-error-summary]:not([hidden])"]], shows: /Years 7 to 11, Plan: enter a number/, live: true, short: true },
  { id: "return-check", group: "Data returns", title: "Check your answers", world: "box", who: lite, at: "/s/returns.html", alone: true, steps: [...toForm("Places for pupils"), ["click", "#nil-return"], ["click", "button:has-text('Continue')"], ["wait", "[data-send]"]], shows: /Check your answers/, live: true },
  { id: "return-saved", group: "Data returns", title: "Saved, to go on later", world: "box", who: lite, at: "/s/returns.html", alone: true, steps: [...toForm("Autumn census"), ["click", "button:has-text('Save and exit')"], ["wait", "text=/Your answers are saved/"]], shows: /Your answers are saved/, live: true },
  { id: "return-sent", group: "Data returns", title: "A data return was sent", world: "box", who: head, at: "/s/returns.html", alone: true, steps: [["sendReturn", "Places for pupils"]], shows: /Receipt number/, live: true },
  { id: "return-not-yours", group: "Data returns", title: "Who may not complete it", world: "box", who: senco, at: "/s/returns.html", steps: [["follow", "Places for pupils"], ["wait", "[data-return]:not([hidden])"]], shows: /can be completed by/, live: true },

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
  { id: "news-item", group: "Papers", title: "A news item", who: head, at: "/s/news.html", steps: [["follow", "Flu vaccinations continue"]], shows: /Back to News.*Flu vaccinations continue/ },
  { id: "result", group: "Papers", title: "Results with figures", who: head, at: "/s/results.html", steps: [["followFirst", "tr[data-row] a"]], shows: /Back to Results/, short: true },

  // ---- finding and account ----
  { id: "search", group: "Finding and account", title: "Search", who: head, at: "/s/search.html", shows: /Search/ },
  { id: "search-found", group: "Finding and account", title: "Found", who: head, at: "/s/search.html#q=reading", shows: /Showing \d+ of|found|reading/i, live: true, short: true },
  { id: "schools", group: "Finding and account", title: "Your schools", who: several, at: "/s/schools.html", shows: /Your schools/ },
  { id: "account", group: "Finding and account", title: "Account", who: head, at: "/s/account.html", shows: /Your account/i, short: true },
  { id: "account-several", group: "Finding and account", title: "Account with three schools", who: several, at: "/s/account.html", shows: /Your account/i },
  { id: "people", group: "Finding and account", title: "Who can see what", who: head, at: "/s/account.html", steps: [["follow", "Who can see what"]], shows: /what each can see/, short: true },
  { id: "download", group: "Finding and account", title: "Download everything", who: head, at: "/s/download.html", alone: true, steps: [["wait", "[data-place] button"]], shows: /One zip with all/, live: true },
  { id: "download-done", group: "Finding and account", title: "Everything was downloaded", who: head, at: "/s/download.html", alone: true, after: "download", steps: [["click", "[data-place] button:has-text('Download')"], ["wait", "text=/Downloaded: /"]], shows: /README.txt/, live: true },
  { id: "passkey-none", group: "Finding and account", title: "No passkey yet", who: head, at: "/s/account.html", alone: true, steps: [["authenticator"], ["goto", "/s/account.html"], ["wait", "[data-passkeys][data-ready] #passkey-name"]], shows: /You have no passkey on this device/, live: true },
  { id: "passkey-empty", group: "Finding and account", title: "A passkey without a name", who: head, at: "/s/account.html", alone: true, after: "passkey-none", steps: [["click", "[data-passkeys] form button[type=submit]"], ["wait", "#passkey-name-error"]], shows: /Enter a name for the passkey/, live: true },
  { id: "passkey-added", group: "Finding and account", title: "A passkey was added", who: head, at: "/s/account.html", alone: true, steps: [["addPasskey", "Office laptop"]], shows: /“Office laptop” was added/, live: true },
  { id: "passkey-remove", group: "Finding and account", title: "Removing a passkey", who: head, at: "/s/account.html", alone: true, after: "passkey-added", steps: [["click", "button:has-text('Remove')"], ["wait", "button:has-text('Keep it')"]], shows: /Remove “Office laptop” from this device/, live: true },
  { id: "passkey-rename", group: "Finding and account", title: "A passkey gets another name", who: head, at: "/s/account.html", alone: true, after: "passkey-remove", steps: [["click", "button:has-text('Keep it')"], ["click", "button:has-text('Rename')"], ["wait", "#passkey-rename-0"]], shows: /New name for/, live: true },
  { id: "passkey-incapable", group: "Finding and account", title: "A browser without passkeys", who: head, at: "/s/account.html", alone: true, without: "PublicKeyCredential", steps: [["wait", "[data-passkeys][data-ready]"]], shows: /cannot unlock papers with a passkey/, live: true },
  { id: "offline", group: "Finding and account", title: "Reading offline", who: head, at: "/s/offline.html", steps: [["wait", "[data-keep]:not([hidden])"]], shows: /Keep everything for offline/, live: true, short: true },
  { id: "offline-kept", group: "Finding and account", title: "Everything is kept", who: head, at: "/s/offline.html", alone: true, steps: [["click", "[data-keep]"], ["wait", "text=/Everything that you may read is on this device/"]], shows: /Remove what is kept/, live: true },

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
  { id: "print-document", group: "On paper", title: "A document", who: head, at: "/s/documents.html", steps: [["followFirst", "tr[data-row] th a"]], shows: /Published .* Download document/, mode: "print" },
  { id: "print-result", group: "On paper", title: "Results", who: head, at: "/s/results.html", steps: [["followFirst", "tr[data-row] a"]], shows: /Released .* Measure/, mode: "print" },
  { id: "print-home", group: "On paper", title: "Home", who: head, at: "/s/home.html", shows: /To do/, mode: "print" },
];
