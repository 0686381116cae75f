/** Unsaved text of a report, in this browser; `basedOn` is when the text that was edited had been saved. */
export interface Kept {
  title: string;
  body: string;
  basedOn: string;
}

const keyOf = (id: string) => `etalon-report-${id}`;

/** Storage may be full or forbidden: the text is then only as safe as the page. */
export function keep(id: string, draft: Kept): void {
  try {
    localStorage.setItem(keyOf(id), JSON.stringify(draft));
  } catch {}
}

export function dropKept(id: string): void {
  try {
    localStorage.removeItem(keyOf(id));
  } catch {}
}

export function keptDraft(id: string): Kept | null {
  try {
    const { title, body, basedOn } = JSON.parse(localStorage.getItem(keyOf(id)) ?? "") as Kept;
    return typeof title === "string" && typeof body === "string" ? { title, body, basedOn } : null;
  } catch {
    return null;
  }
}
