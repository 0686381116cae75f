const LATEST_MS = 500;

/** Whether a part of the element lies within the window. */
export function inView(element: Element): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < window.innerHeight;
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

/**
 * Runs `act` once a frame has shown what is there already; at the latest after half a second, as a hidden page has no
 * frames.
 */
export function nextFrame(act: () => void): () => void {
  let timer = setTimeout(act, LATEST_MS);
  const frame = requestAnimationFrame(() => {
    clearTimeout(timer);
    timer = setTimeout(act);
  });
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}
