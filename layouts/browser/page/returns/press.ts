/** What moves the page waits until a press is over: else the button under the finger moves away, and the press is lost. */
let isDown = false;
let waiting: (() => void) | undefined;

function flush(): void {
  isDown = false;
  const act = waiting;
  waiting = undefined;
  act?.();
}

/** Begins to watch; once a page. */
export function watchPresses(): void {
  addEventListener("pointerdown", () => { isDown = true; }, true);
  // Before whoever is clicked does anything, and where no click comes of it, soon after.
  addEventListener("click", flush, true);
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { setTimeout(flush); }, true);
}

/** Does it now, or once the press is over that is under way. */
export function afterPress(act: () => void): void {
  if (isDown) waiting = act;
  else act();
}
