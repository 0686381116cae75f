import {
  type Dimension,
  type DimensionKind,
  type Dimensions,
  definitionOf,
  dimensionCalled,
  dimensionNames,
} from "../run";

type Kind = DimensionKind | "flag" | "state";
interface Target {
  kind: Kind;
  label: string;
  unit: string;
  choices?: readonly string[];
  known: RegExp;
}

/** What a mapping can say besides the dimensions of a run. */
const others = {
  batchTokens: {
    kind: "positive",
    label: "Batch",
    unit: "tokens",
    known: /^(batch[_ ]?(size)?[_ ]?(in[_ ]?)?tokens|tokens[_ ]?per[_ ]?(step|batch))$/i,
  },
  diverged: { kind: "flag", label: "Diverged", unit: "yes or no", known: /^diverged$/i },
  state: { kind: "state", label: "State", unit: "only finished runs count", known: /^(state|status)$/i },
  name: {
    kind: "text",
    label: "Name",
    unit: "",
    known: /^(name|run[_ ]?name|exp(eriment)?[_ ]?name|tags\.mlflow\.runName|mlflow\.runName)$/i,
  },
} as const satisfies Record<string, Target>;

/** What an expression, a column or a constant can stand for: a dimension, or one of the others. */
export type MappingField = Dimension | keyof typeof others;

export const mappingFields = [...dimensionNames, ...Object.keys(others)] as MappingField[];

const isOther = (name: string): name is keyof typeof others => Object.hasOwn(others, name);

export function fieldOf(name: MappingField): Target & { aliases: readonly string[] } {
  return isOther(name) ? { ...others[name], aliases: [] } : definitionOf(name);
}

/** The field of that name or alias. */
export function fieldCalled(name: string): MappingField | null {
  return isOther(name) ? name : dimensionCalled(name);
}

/** Field -> what it is read from: a column or config key, a constant, or an expression over those. */
export type Mapping = Partial<Record<MappingField, string>>;

/**
 * A mapping as it was stored: its fields may be called by an alias, as 0.1 called them. What is no field is left out.
 */
export function readMapping(stored: Readonly<Record<string, string>>): Mapping {
  const mapping: Mapping = {};
  for (const [name, source] of Object.entries(stored)) {
    const field = fieldCalled(name);
    if (field) mapping[field] ??= source;
  }
  return mapping;
}

/** Whether a run has ended with a result, by the word of another program. */
export type EndState = "finished" | "diverged" | "unfinished";

/**
 * What a mapping read of a run, each dimension in its own unit (a batch in sequences, `batchTokens` in tokens); null is
 * unknown. A batch may be no whole number yet. A loss is NaN where the run diverged.
 */
export type MappedValues = Dimensions & {
  batchTokens: number | null;
  diverged: number | null;
  state: EndState | null;
  name: string | null;
};
