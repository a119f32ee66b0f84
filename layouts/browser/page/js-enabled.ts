/** Runs first in the body: tells the styles that scripts work, as GOV.UK Frontend expects. */
document.documentElement.classList.add("govuk-frontend-supported");
document.body.classList.add("js-enabled", "govuk-frontend-supported");
