import fc from "fast-check";
import { expect, test } from "vitest";
import { eachLine, eachLineOfBytes, MOST_LINE } from "./lines";
import type { SourceFile } from "./source";

/** A file that is read in pieces of at most so many bytes, but for the first look at it. */
function inPieces(bytes: Uint8Array, most: number): SourceFile {
  let looks = 0;
  const read = async (from: number, to: number) => bytes.slice(from, looks++ === 0 ? to : Math.min(to, from + most));
  return { path: "a", size: bytes.length, modified: null, read };
}

async function told(read: typeof eachLineOfBytes, file: SourceFile) {
  const lines: unknown[] = [];
  const count = await read(file, {
    bytes: () => false,
    line: (text, line) => void lines.push([line, text]),
    cut: (line) => void lines.push(["cut", line]),
    unended: (line) => void lines.push(["unended", line]),
  });
  return { count, lines };
}

test("lines that come as bytes first are the same, however the file comes in pieces", async () => {
  const part = fc.constantFrom(
    ...["a", "12", " ", "\n", "\n\n", "\r\n", "\r", "é", "λ", "😀", "\ufeff", "\u001b[31m"].map((text) =>
      Buffer.from(text),
    ),
    ...["c3", "e282", "f09f98", "ff", "00"].map((hex) => Buffer.from(hex, "hex")),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 40 }), fc.integer({ min: 1, max: 60 }), async (parts, most) => {
      const bytes = Buffer.concat(parts);
      // By zero bytes it may pass for UTF-16, which is decided by the first piece.
      fc.pre(bytes.filter((byte) => byte === 0).length < bytes.length / 8);
      expect(await told(eachLineOfBytes, inPieces(bytes, most))).toEqual(
        await told(eachLine as typeof eachLineOfBytes, inPieces(bytes, bytes.length)),
      );
    }),
    { numRuns: 3_000 },
  );
});

test.each([eachLine as typeof eachLineOfBytes, eachLineOfBytes])(
  "a line above a MiB is cut and said: %o",
  async (read) => {
    const text = `a\n${"x".repeat(MOST_LINE + 5)}\nb\n`;
    for (const most of [1 << 12, 1 << 30]) {
      const { count, lines } = await told(read, inPieces(Buffer.from(text), most));
      expect([count, lines]).toEqual([
        3,
        [
          [1, "a"],
          ["cut", 2],
          [2, "x".repeat(MOST_LINE)],
          [3, "b"],
        ],
      ]);
    }
  },
);

test("a line that is known by its bytes is not decoded", async () => {
  const seen: string[] = [];
  await eachLineOfBytes(inPieces(Buffer.from("\ufeffa 1\r\nb 2\nc"), 2), {
    bytes: (bytes, from, to) => seen.push(Buffer.from(bytes.subarray(from, to)).toString()) > 1,
    line: (text) => void seen.push(`line ${text}`),
  });
  expect(seen).toEqual(["a 1", "line a 1", "b 2", "c"]);
});
