/** The page on which a person keeps everything for a time without a network; page/keeping.ts moves it. */
import { html } from "./html.ts";
import { type Composed, heading } from "./composed.ts";

/** Reading offline. */
export function offline(): Composed {
  const title = "Reading offline";
  return {
    title,
    main: html`${heading(title)}
<p class="govuk-body">Whatever you open here stays on this device, encrypted: after signing in you can read it again without a network. You can also keep everything that you may read.</p>
<div data-keeping>
<p class="govuk-body" data-keeping-text role="status">Looking at what is on this device…</p>
<progress class="app-progress" data-keeping-bar aria-label="Kept on this device" value="0" max="1" hidden></progress>
<div class="govuk-button-group">
<button type="button" class="govuk-button" data-keep hidden>Keep everything for offline</button>
<button type="button" class="govuk-button govuk-button--secondary" data-keep-stop hidden>Stop</button>
<button type="button" class="govuk-button govuk-button--secondary" data-keep-nothing hidden>Remove what is kept</button>
</div>
</div>
<p class="govuk-body">New papers are added when you sign in with a network. What is kept opens with your passphrase only, and what the authority no longer publishes goes at the next sign-in.</p>
<div class="govuk-inset-text">On a shared computer do not keep everything: it takes space there that is not yours.</div>`,
  };
}
