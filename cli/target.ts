import { readNumber } from "@/lib/format";

/**
 * "tokens=10B,batchSeqs=512" by name; numbers as filters have them. Throws an Error that quotes what it cannot read.
 */
export function readTarget<Name extends string>(
  text: string | undefined,
  { names, example }: { names: readonly Name[]; example: string },
): Partial<Record<Name, number>> {
  if (!text) throw new Error(`say what the runs are for: ${example}`);
  const values: Partial<Record<Name, number>> = {};
  for (const part of text.split(",")) {
    const [given = "", value] = part.split("=").map((s) => s.trim());
    const name = names.find((n) => n === given);
    if (!name) throw new Error(`--target ${text}: “${given}” is none of ${names.join(", ")}; for example ${example}`);
    values[name] = positive(`--target ${name}=`, value, example);
  }
  return values;
}

/** A number above 0 as filters have it. */
export function positive(name: string, text: string | undefined, example: string): number {
  const value = text === undefined ? null : readNumber(text);
  if (value === null || !(value > 0) || !Number.isFinite(value))
    throw new Error(`${name} ${text ?? ""}: not a positive number; for example ${example}`.replace("= ", "="));
  return value;
}
