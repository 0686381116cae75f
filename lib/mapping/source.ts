import { lossUnit } from "../run";
import { fieldOf, type Mapping, type MappingField, mappingFields } from "./definitions";
import { compileExpression, ExpressionError, type Lookup } from "./expression";

/** Reads the raw value of one dimension of one run, by its `names`; undefined where nothing is mapped to it. */
export type Reader = { read: (lookup: Lookup) => unknown; implicit: boolean; names: readonly string[] };

/**
 * What a mapping's text stands for, in this order: a name of the run (a column, a config key; then without regard to
 * case), a number, for text dimensions the words themselves, an expression.
 * Throws an ExpressionError that says what there is.
 */
export function readerOf(field: MappingField, text: string, names: readonly string[]): Reader {
  const name = nameAmong(text, names);
  if (name !== undefined) return { read: (lookup) => lookup(name), implicit: false, names: [name] };
  if (text.trim() !== "" && Number.isFinite(Number(text))) return { read: () => text, implicit: false, names: [] };
  const { kind } = fieldOf(field);
  const isText = kind === "text" || kind === "choice";
  if (isText && !/[?"'`()]/.test(text)) return { read: () => text, implicit: false, names: [] };
  const expression = compileExpression(text);
  const unknown = expression.names.find((n) => nameAmong(n, names) === undefined && !hasPrefix(n, names));
  if (unknown !== undefined) {
    throw new ExpressionError(`"${unknown}" is neither a name here nor a number; there are ${names.join(", ")}`);
  }
  return {
    read: (lookup) => expression.evaluate((n) => lookup(nameAmong(n, names) ?? n)),
    implicit: false,
    names: expression.names.map((n) => nameAmong(n, names) ?? n),
  };
}

/** Readers of every mapped dimension, and of names that are called like an unmapped dimension. */
export function readersOf(
  mapping: Mapping,
  names: readonly string[],
): { readers: Map<MappingField, Reader>; problems: { dimension: MappingField; text: string; message: string }[] } {
  const readers = new Map<MappingField, Reader>();
  const problems: { dimension: MappingField; text: string; message: string }[] = [];
  const used = new Set(Object.values(mapping).map((text) => text.trim()));
  for (const field of mappingFields) {
    const text = mapping[field];
    if (text === undefined) {
      const said = field === "lossMetric" ? otherUnit(mapping) : null;
      if (said !== null) {
        readers.set(field, { read: () => said, implicit: false, names: [] });
        continue;
      }
      // A mapped batch in tokens is the reader's choice; a column that happens to be called batchSeqs is not.
      if (field === "batchSeqs" && mapping.batchTokens !== undefined) continue;
      const name = [field, ...fieldOf(field).aliases].find((n) => names.includes(n) && !used.has(n));
      if (name) readers.set(field, { read: (lookup) => lookup(name), implicit: true, names: [name] });
      continue;
    }
    // The loss is a value of this column, and called like it.
    if (field === "lossMetric" && text.trim() === mapping.finalLoss?.trim()) {
      readers.set(field, { read: () => text.trim().replace(/^`(.*)`$/, "$1"), implicit: false, names: [] });
      continue;
    }
    try {
      readers.set(field, readerOf(field, text, names));
    } catch (e) {
      if (!(e instanceof ExpressionError)) throw e;
      problems.push({ dimension: field, text, message: e.message });
    }
  }
  return { readers, problems };
}

/** A perplexity or bits that are taken as they are name themselves, so that they are told from nats. */
function otherUnit({ finalLoss = "" }: Mapping): string | null {
  const name = finalLoss.trim().replace(/^`(.*)`$/, "$1");
  return lossUnit(name) === "nats" ? null : name;
}

function nameAmong(text: string, names: readonly string[]): string | undefined {
  const wanted = text.trim();
  if (names.includes(wanted)) return wanted;
  const lower = wanted.toLowerCase();
  const like = names.filter((n) => n.toLowerCase() === lower);
  return like.length === 1 ? like[0] : undefined;
}

/** `optimizer.lr` may be reached through an object called `optimizer`. */
function hasPrefix(name: string, names: readonly string[]): boolean {
  return name.includes(".") && names.some((n) => name.startsWith(`${n}.`));
}
