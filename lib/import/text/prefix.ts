/** `[default7]:`, `[rank0]:`, `[rank 3]`, `3: ` of srun -l: which process wrote the line. */
const RANK = /^\s*(?:\[(?:default|rank ?|Rank ?)(\d+)\]:?|(\d{1,4}):(?=\s))\s?/;
/** What a container's log puts before each line: 2024-05-01T10:00:01.123456789Z stdout F. */
const CONTAINER = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{5,9}(?:Z|[+-]\d\d:\d\d) (?:std(?:out|err) [FP] )?/;
/** What a line with either begins with: a blank, a digit, a bracket. */
const MAYBE = Array.from({ length: 128 }, (_, code) => /[\s\d[]/.test(String.fromCharCode(code)));

/** Whether a line as bytes may have either: it begins, after blanks, with a digit, `[d`, `[r` or `[R`. */
export function mayHavePrefix(bytes: Uint8Array, from: number): boolean {
  let at = from;
  while (bytes[at] === 32 || bytes[at] === 9) at++;
  const [first, second] = [bytes[at]!, bytes[at + 1]!];
  if (first === 91) return second === 100 || second === 114 || second === 82;
  return first >= 48 && first <= 57;
}

/** What a program wrote, without what started it put before the line; `rank` is null where nothing says it. */
export function withoutPrefix(text: string): { plain: string; rank: string | null } {
  if (!MAYBE[text.charCodeAt(0)]) return { plain: text, rank: null };
  const stamp = text.charCodeAt(10) === 0x54 ? CONTAINER.exec(text) : null;
  const unstamped = stamp ? text.slice(stamp[0].length) : text;
  const ranked = RANK.exec(unstamped);
  if (!ranked) return { plain: unstamped, rank: null };
  return { plain: unstamped.slice(ranked[0].length), rank: ranked[1] ?? ranked[2]! };
}
