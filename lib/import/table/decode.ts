/**
 * Text of a file whose encoding nobody said: by its mark, by where its zero bytes lie, else UTF-8, else Windows-1252.
 */
export function decoded(bytes: Uint8Array): string {
  const [a, b, c] = bytes;
  if (a === 0xff && b === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (a === 0xfe && b === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  const zeros = [0, 0];
  const sample = bytes.subarray(0, 4_096);
  sample.forEach((byte, i) => {
    if (byte === 0) zeros[i % 2]!++;
  });
  if (zeros[1]! > sample.length / 4) return new TextDecoder("utf-16le").decode(bytes);
  if (zeros[0]! > sample.length / 4) return new TextDecoder("utf-16be").decode(bytes);
  if (zeros[0]! + zeros[1]! > 0) {
    throw new Error("it has zero bytes and is no text; give CSV, TSV, JSON lines or Parquet");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    if (a === 0xef && b === 0xbb && c === 0xbf) throw new Error("it is marked as UTF-8 but is not");
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
