const LATEST_MS = 500;

/** Runs `act` at once where the element is within the window, else when the browser is idle. Returns what cancels it. */
export function nowOrIdle(element: Element, act: () => void): () => void {
  const { top, bottom } = element.getBoundingClientRect();
  if (bottom > 0 && top < window.innerHeight) {
    act();
    return () => {};
  }
  return whenIdle(act);
}

/** Runs `act` when the browser is idle, or after half a second. Returns what cancels it. */
export function whenIdle(act: () => void): () => void {
  if (typeof requestIdleCallback === "undefined") {
    const timer = setTimeout(act);
    return () => clearTimeout(timer);
  }
  const request = requestIdleCallback(act, { timeout: LATEST_MS });
  return () => cancelIdleCallback(request);
}
