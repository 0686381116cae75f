/** A field of a request, for reading. */
export interface Field {
  /** Path from the body: `series[].metric`. */
  name: string;
  /** "integer, 0 to 100", "one of a, b". */
  type: string;
  required: boolean;
  text: string;
}

interface Schema {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: string[];
  description?: string;
  default?: unknown;
  format?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

const MOST_DEPTH = 4;

/** The fields of a JSON schema, those inside objects and lists after the one that holds them. */
export function fieldsOf(schema: unknown, path = "", depth = 0): Field[] {
  const s = schema as Schema;
  if (depth > MOST_DEPTH) return [];
  const inner = s.anyOf ?? s.oneOf ?? s.allOf;
  if (inner && !s.properties) {
    const seen = new Set<string>();
    return inner.flatMap((part) => fieldsOf(part, path, depth)).filter((f) => !seen.has(f.name) && seen.add(f.name));
  }
  if (s.items) return fieldsOf(s.items, `${path}[]`, depth + 1);
  return Object.entries(s.properties ?? {}).flatMap(([key, value]) => {
    const name = path ? `${path}.${key}` : key;
    const field = {
      name,
      type: typeOf(value),
      required: s.required?.includes(key) === true && value.default === undefined,
      text: [value.description, value.default !== undefined && `default ${JSON.stringify(value.default)}`]
        .filter(Boolean)
        .join("; "),
    };
    return [field, ...fieldsOf(value, name, depth + 1)];
  });
}

/** Type and bounds in words. */
export function typeOf(s: Schema): string {
  const parts = s.anyOf ?? s.oneOf;
  if (parts) return [...new Set(parts.map(typeOf))].join(" or ");
  if (s.enum) return `one of ${s.enum.join(", ")}`;
  if (s.const !== undefined) return JSON.stringify(s.const);
  const base = Array.isArray(s.type) ? s.type.join(" or ") : (s.type ?? "any");
  const of = s.type === "array" && s.items ? `list of ${typeOf(s.items)}` : (s.format ?? base);
  const low = s.minimum ?? s.minLength ?? s.minItems;
  const high = s.maximum ?? s.maxLength ?? s.maxItems;
  const unit =
    s.maxLength !== undefined || s.minLength !== undefined ? " characters" : s.type === "array" ? " entries" : "";
  const bounds = [
    s.exclusiveMinimum !== undefined && `above ${s.exclusiveMinimum}`,
    low !== undefined && low > Number.MIN_SAFE_INTEGER && `${low} or more`,
    high !== undefined && high < Number.MAX_SAFE_INTEGER && `at most ${high}`,
  ].filter(Boolean);
  return bounds.length > 0 ? `${of}, ${bounds.join(", ")}${unit}` : of;
}
