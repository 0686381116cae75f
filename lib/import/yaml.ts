import type { Schema } from "js-yaml";

type Yaml = typeof import("js-yaml");

/** With what aliases repeat: a few lines may stand for more than any memory holds. */
const MOST_VALUES = 1_000_000;
/** Tags by which programs name classes of Python. */
const FOREIGN = ["!", "tag:yaml.org,2002:python/"];

/**
 * What a YAML text says, in time and memory that grow with its length; throws an Error that says why nothing. Objects of
 * foreign classes are not made: their values stand as they are written. Names that `<<` merges are taken.
 */
export async function parseYaml(text: string): Promise<unknown> {
  const yaml = await import("js-yaml");
  const value = loaded(yaml, text);
  if (leftOf(value, MOST_VALUES) < 0) throw new Error(`with what its aliases repeat it has over ${MOST_VALUES} values`);
  return value;
}

function loaded(yaml: Yaml, text: string): unknown {
  try {
    return yaml.load(text, { schema: schemaOf(yaml) });
  } catch (e) {
    if (!(e instanceof yaml.YAMLException) || !e.mark) throw e;
    throw new Error(`line ${e.mark.line + 1}, column ${e.mark.column + 1}: ${e.reason}`);
  }
}

function schemaOf(yaml: Yaml): Schema {
  const own = { matchByTagPrefix: true } as const;
  const foreign = FOREIGN.flatMap((tag) => [
    yaml.defineScalarTag(tag, { ...own, identify: () => false, resolve: (source) => source }),
    yaml.defineSequenceTag(tag, { ...yaml.seqTag, ...own }),
    yaml.defineMappingTag(tag, { ...yaml.mapTag, ...own }),
  ]);
  return yaml.CORE_SCHEMA.withTags(yaml.mergeTag, ...foreign);
}

/** How many of so many values are left when these are counted; below 0 where there are more. */
function leftOf(value: unknown, most: number): number {
  let left = most - 1;
  if (typeof value !== "object" || value === null) return left;
  for (const inner of Object.values(value)) {
    if (left < 0) return left;
    left = leftOf(inner, left);
  }
  return left;
}

/** Programs end each line of their YAML: one that is cut within a value is YAML all the same. */
export const isCut = (text: string) => text !== "" && !/[\r\n]$/.test(text);

export const CUT = "it may be cut: its last line has no end, and the last value may be a shorter one";
