import type { ImportProblem } from "./imported";

const SHOWN_LINES = 3;

/** Problems in words, the same thing said once with its lines: `lines 2, 3, 4 and 17 more: tokens "" is missing`. */
export function problemTexts(problems: readonly ImportProblem[]): string[] {
  const lines = new Map<string, Set<number>>();
  for (const { line, field, value, message } of problems) {
    const text = `${field} "${value}" ${message}`;
    lines.set(text, (lines.get(text) ?? new Set()).add(line));
  }
  return [...lines].map(([text, at]) => `${place([...at])}: ${text}`);
}

function place(lines: readonly number[]): string {
  if (lines.length === 1) return `line ${lines[0]}`;
  const more = lines.length - SHOWN_LINES;
  if (more > 0) return `lines ${lines.slice(0, SHOWN_LINES).join(", ")} and ${more} more`;
  return `lines ${lines.slice(0, -1).join(", ")} and ${lines.at(-1)}`;
}
