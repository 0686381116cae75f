import type { HistoryFormat } from "../history";
import { textFormats } from "./detect";
import { grammarOfPattern, type LogPattern } from "./pattern";
import { programs } from "./programs";

export { type LogPattern, type Marked, numbersOf, patternLine, patternProblem } from "./pattern";

/**
 * Logs that people read: one format a program. A log that somebody's own pattern knows at least as well as any program
 * is read by the pattern.
 */
export function textLogs(patterns: readonly LogPattern[]): { own: HistoryFormat[]; programs: HistoryFormat[] } {
  const formats = textFormats([...patterns.map(grammarOfPattern), ...programs]);
  return { own: formats.slice(0, patterns.length), programs: formats.slice(patterns.length) };
}
