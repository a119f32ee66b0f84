/**
 * Whether this worker runs in `despatch open`, where sign-in page, styles and
 * scripts of the program's own take the place of the host's: they are no part of
 * what the authority published, so nothing lists them. The build makes one worker
 * for each case; a host can only ever serve the one that lists everything.
 */
declare const OWN_SHELL: boolean | undefined;

export const ownShell = typeof OWN_SHELL !== "undefined" && OWN_SHELL;

/** Where the program serves what is its own, and never anything of the host's. */
export function ownPath(path: string): string {
  return "own/" + path;
}

/** The pages that are the sign-in page wherever there is no worker yet. */
export function isEntrance(path: string): boolean {
  return path === "index.html" || path === "404.html" || /^s\/[a-z0-9-]+\.html$/.test(path);
}
