import { overLimit } from "../json";

/** The parser takes time that grows with the square of the depth, and more where such a value is a key. */
const DEEPEST = 100;

/** What a YAML text says; throws an Error that says why nothing. Tags of Python objects are not made. */
export async function parseYaml(text: string): Promise<unknown> {
  if (overLimit(text, { depth: DEEPEST, values: Number.POSITIVE_INFINITY }))
    throw new Error(`it is nested deeper than ${DEEPEST} levels`);
  const { parse } = await import("yaml");
  return parse(text, { logLevel: "silent", maxAliasCount: 100, prettyErrors: true });
}

/** Programs end each line of their YAML: one that is cut within a value is YAML all the same. */
export const isCut = (text: string) => text !== "" && !/[\r\n]$/.test(text);

export const CUT = "it may be cut: its last line has no end, and the last value may be a shorter one";
