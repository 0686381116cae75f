import jsep from "jsep";

export type Scalar = string | number | boolean | null;

/** Finds the value of a name; undefined where there is no such name. */
export type Lookup = (name: string) => unknown;

/** A checked expression. `names` are the columns or config keys it reads. */
export type Expression = { text: string; names: string[]; evaluate: (lookup: Lookup) => Scalar };

/** What is wrong with an expression, or with its value for one run; the message is for people. */
export class ExpressionError extends Error {
  override name = "ExpressionError";
}

const FUNCTIONS: Record<string, (...values: number[]) => number> = {
  abs: Math.abs,
  ceil: Math.ceil,
  exp: Math.exp,
  floor: Math.floor,
  log: Math.log,
  log10: Math.log10,
  log2: Math.log2,
  max: Math.max,
  min: Math.min,
  round: Math.round,
  sqrt: Math.sqrt,
};
const ARITHMETIC: Record<string, (p: number, q: number) => number> = {
  "+": (p, q) => p + q,
  "-": (p, q) => p - q,
  "*": (p, q) => p * q,
  "/": (p, q) => p / q,
  "%": (p, q) => p % q,
  "**": (p, q) => p ** q,
};
const COMPARISONS: Record<string, (p: number, q: number) => boolean> = {
  "<": (p, q) => p < q,
  "<=": (p, q) => p <= q,
  ">": (p, q) => p > q,
  ">=": (p, q) => p >= q,
};
const EQUALITY = new Set(["==", "===", "!=", "!=="]);
const CONSTANTS: Record<string, Scalar> = { true: true, false: false, null: null };
const LONGEST = 1_000;
const QUOTED = "quoted_name_";

/**
 * Compiles a small expression: numbers, "text", names (dots reach into objects; other names in `backticks`), + - * / %
 * **, comparisons, && || !, a ? b : c, and log, exp, sqrt, min, max, round and the like. Parsed by jsep and walked here
 * over a closed list of node kinds: nothing is evaluated as code, and only own names of the run can be reached. Throws
 * an ExpressionError that quotes the text.
 */
export function compileExpression(text: string): Expression {
  if (text.length > LONGEST) throw new ExpressionError(`the expression is longer than ${LONGEST} characters`);
  const quoted: string[] = [];
  const source = text.replace(/`([^`]*)`/g, (_, name: string) => `${QUOTED}${quoted.push(name) - 1}`);
  let tree: jsep.Expression;
  try {
    tree = jsep(source);
  } catch (e) {
    throw new ExpressionError(`"${text}" cannot be read: ${(e as Error).message}`);
  }
  const names = new Set<string>();
  const nameOf = (node: jsep.Expression): string => {
    if (node.type === "Identifier") {
      const id = (node as jsep.Identifier).name;
      return id.startsWith(QUOTED) ? (quoted[Number(id.slice(QUOTED.length))] ?? id) : id;
    }
    const member = node as jsep.MemberExpression;
    if (node.type !== "MemberExpression" || member.computed)
      throw new ExpressionError(`"${text}": ${node.type} is not allowed`);
    return `${nameOf(member.object)}.${nameOf(member.property)}`;
  };
  const run = build(tree, { text, names, nameOf });
  return { text, names: [...names], evaluate: run };
}

type Scope = { text: string; names: Set<string>; nameOf: (node: jsep.Expression) => string };
type Evaluate = (lookup: Lookup) => Scalar;

function build(node: jsep.Expression, scope: Scope): Evaluate {
  const refuse = (what: string) => new ExpressionError(`"${scope.text}": ${what}`);
  const part = (inner: unknown) => build(inner as jsep.Expression, scope);
  switch (node.type) {
    case "Literal": {
      const { value } = node as jsep.Literal;
      if (value instanceof RegExp) throw refuse("a pattern is not allowed");
      return () => value as Scalar;
    }
    case "Identifier":
    case "MemberExpression": {
      const name = scope.nameOf(node);
      if (Object.hasOwn(CONSTANTS, name)) return () => CONSTANTS[name]!;
      scope.names.add(name);
      return (lookup) => scalarOf(name, lookup(name));
    }
    case "UnaryExpression": {
      const { operator, argument } = node as jsep.UnaryExpression;
      const of = part(argument);
      if (operator === "!") return (lookup) => !of(lookup);
      if (operator === "-") return (lookup) => -numberOf(of(lookup), scope.text);
      if (operator === "+") return (lookup) => numberOf(of(lookup), scope.text);
      throw refuse(`the operator ${operator} is not allowed`);
    }
    case "BinaryExpression":
      return buildBinary(node as jsep.BinaryExpression, scope, part);
    case "ConditionalExpression": {
      const { test, consequent, alternate } = node as jsep.ConditionalExpression;
      const [t, c, a] = [part(test), part(consequent), part(alternate)];
      return (lookup) => (t(lookup) ? c(lookup) : a(lookup));
    }
    case "CallExpression": {
      const { callee, arguments: list } = node as jsep.CallExpression;
      const name = callee.type === "Identifier" ? String((callee as jsep.Identifier).name) : "";
      if (!Object.hasOwn(FUNCTIONS, name)) {
        throw refuse(`"${name || callee.type}" is not a function; there are ${Object.keys(FUNCTIONS).join(", ")}`);
      }
      const inner = list.map(part);
      return (lookup) => FUNCTIONS[name]!(...inner.map((of) => numberOf(of(lookup), scope.text)));
    }
    default:
      throw refuse(
        node.type === "Compound" ? "an operator is missing between two parts" : `${node.type} is not allowed`,
      );
  }
}

function buildBinary(node: jsep.BinaryExpression, scope: Scope, part: (n: unknown) => Evaluate): Evaluate {
  const { operator } = node;
  const [left, right] = [part(node.left), part(node.right)];
  if (operator === "&&") return (lookup) => left(lookup) && right(lookup);
  if (operator === "||") return (lookup) => left(lookup) || right(lookup);
  if (EQUALITY.has(operator)) return (lookup) => (left(lookup) === right(lookup)) === operator.startsWith("=");
  const both = (lookup: Lookup) => [numberOf(left(lookup), scope.text), numberOf(right(lookup), scope.text)] as const;
  const arithmetic = ARITHMETIC[operator];
  if (arithmetic) return (lookup) => arithmetic(...both(lookup));
  const comparison = COMPARISONS[operator];
  if (comparison) return (lookup) => comparison(...both(lookup));
  throw new ExpressionError(`"${scope.text}": the operator ${operator} is not allowed`);
}

/** Text that reads as a number counts as one: configs and tables write 3e-3 either way. */
function scalarOf(name: string, value: unknown): Scalar {
  if (value === undefined || value === null || value === "") throw new ExpressionError(`"${name}" is missing`);
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "string") {
    const text = value.trim();
    return text !== "" && !Number.isNaN(Number(text)) ? Number(text) : text;
  }
  if (typeof value === "number" || typeof value === "boolean") return value;
  throw new ExpressionError(`"${name}" is neither a number nor text`);
}

function numberOf(value: Scalar, text: string): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  throw new ExpressionError(`"${text}": ${value === null ? "null" : `"${value}"`} is not a number`);
}
