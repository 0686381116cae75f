import fc from "fast-check";
import { expect, test } from "vitest";
import { ExactNumber, overLimit, readJson, syntaxError, writeJson } from ".";

test("keeps every digit of every number, and -0", () => {
  const text =
    '{"seed":12345678901234567890,"job":-9007199254740993,"lr":0.1234567890123456789,"big":1e400,"plain":0.1,"third":0.3333333333333333,"minus":-0.0,"text":"a \\" 12345678901234567890"}';
  const value = readJson(text) as Record<string, unknown>;
  expect(value.seed).toBeInstanceOf(ExactNumber);
  expect(String(value.seed)).toBe("12345678901234567890");
  expect(value.third).toBe(1 / 3);
  expect(Object.is(value.minus, -0)).toBe(true);
  expect(writeJson(value)).toBe(text);
  for (const held of ["9007199254740992", "1e300", "1.7976931348623157e308", "5e-324", "0.00000000000000000000100"]) {
    expect(readJson(`[${held}]`)).toEqual([Number(held)]);
  }
});

test("a number of many digits is refused, and no text passes for a number", () => {
  for (const digits of ["1e131000", "1e-5000", "1".repeat(2_000)])
    expect(() => readJson(`[${digits}]`)).toThrow(/more than 1000 digits/);
  const forged = readJson('{"a":"\\u0000number 1,2","b":12345678901234567890123}') as Record<string, unknown>;
  expect(forged.a).toBe("\u0000number 1,2");
});

test("writes NaN and the infinities by name, whatever holds them", () => {
  const value = { loss: Number.NaN, list: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1n << 70n], none: null };
  expect(writeJson(value)).toBe('{"loss":"NaN","list":["Infinity","-Infinity",1180591620717411303424],"none":null}');
  expect(writeJson({ at: new Date(0), gone: undefined, n: Number.NaN })).toBe(
    '{"at":"1970-01-01T00:00:00.000Z","n":"NaN"}',
  );
});

test("reads and writes what the engine does, where that loses nothing", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = writeJson(value);
      expect(readJson(text)).toEqual(value);
      expect(JSON.parse(text)).toEqual(value);
      expect(syntaxError(text)).toBeNull();
      expect(syntaxError(JSON.stringify(value, null, 2))).toBeNull();
    }),
  );
  expect(Object.keys(readJson('{"__proto__":12345678901234567890}') as object)).toEqual(["__proto__"]);
});

test("finds the first place that is no JSON, for every text that the engine refuses and no other", () => {
  const valid = fc.jsonValue().map((v) => JSON.stringify(v));
  const text = fc.oneof(
    fc
      .tuple(valid, fc.nat(), fc.constantFrom("", ",", "]", "{", '"', "\\", "1", "\u0001", "x", " "))
      .map(([t, i, c]) => {
        const at = i % (t.length + 1);
        return t.slice(0, at) + c + t.slice(at + 1);
      }),
    fc.string({ unit: fc.constantFrom(...'[]{},:"\\0123-.eE+truefalsn u\n') }),
  );
  fc.assert(
    fc.property(text, (t) => {
      const accepted = (s: string) => {
        try {
          JSON.parse(s);
          return true;
        } catch {
          return false;
        }
      };
      const found = syntaxError(t);
      expect([t, found === null]).toEqual([t, accepted(t)]);
      if (found) expect(found.at).toBeLessThanOrEqual(t.length);
    }),
    { numRuns: 3_000 },
  );
  expect(syntaxError('{"a": 1,\n"b" 2}')).toEqual({ at: 13, message: '":" was expected' });
});

test("limits are met outside of strings only", () => {
  const most = { depth: 3, values: 5 };
  expect(overLimit('["[[[[[[", ",,,,,,,\\"", {"a": "]"}]', most)).toBeNull();
  expect(overLimit("[[[[", most)).toEqual({ at: 3, what: "depth" });
  expect(overLimit("[1,2,3,4,5,6]", most)).toEqual({ at: 10, what: "values" });
});

test("a text twice as long takes twice as many looks, whatever stands in it", () => {
  const kinds = [
    (n: number) => `"${'\\"'.repeat(n)}`,
    (n: number) => " ".repeat(n),
    (n: number) => '"'.repeat(n),
    (n: number) => `"${"\\".repeat(n)}`,
    (n: number) => "[".repeat(n),
    (n: number) => "[1,".repeat(n),
    (n: number) => '["a\\\\",'.repeat(n),
    (n: number) => "1".repeat(n),
  ];
  for (const kind of kinds) expect(looksAt(kind(20_000)) / looksAt(kind(10_000))).toBeLessThan(2.2);
});

/** How many characters the scans of a text look at. */
function looksAt(text: string): number {
  let looks = 0;
  const counted = new Proxy(Object(text), {
    get: (target, property) => {
      if (property === "charCodeAt") {
        return (i: number) => {
          looks++;
          return text.charCodeAt(i);
        };
      }
      if (property === "indexOf") {
        return (what: string, from: number) => {
          const at = text.indexOf(what, from);
          looks += (at < 0 ? text.length : at) - from + 1;
          return at;
        };
      }
      if (typeof property === "string" && /^\d+$/.test(property)) looks++;
      const value = target[property];
      return typeof value === "function" ? value.bind(text) : value;
    },
  });
  overLimit(counted, { depth: 1e9, values: 1e9 });
  syntaxError(counted);
  return looks;
}
