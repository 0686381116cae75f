import { describe, expect, test } from "vitest";
import { type Call, call } from "./call";
import { find, tableFor, tableOf } from "./table";

const row = (method: Call["method"], path: string) =>
  call(method, path, { access: "read", summary: path, answer: "nothing", handle: () => undefined });
const table = (...calls: Call[]) => tableOf({ root: "/api/x", calls, help: "ask Ann" });
const all = table(
  row("GET", "/api/x/runs"),
  row("POST", "/api/x/runs"),
  row("POST", "/api/x/runs/query"),
  row("GET", "/api/x/runs/{id}"),
  row("DELETE", "/api/x/runs/{id}"),
  row("GET", "/api/x/runs/{run}/files/{file}"),
);

/** The path and parameters of the call that is found, the methods that there are, or the error. */
function found(method: string, path: string): unknown {
  try {
    const f = find(all, method, path);
    return "methods" in f ? f.methods : [f.call.path.slice("/api/x".length), f.params];
  } catch (e) {
    return (e as Error).message;
  }
}

describe("a path", () => {
  test.each([
    ["GET", "/api/x/runs", ["/runs", {}]],
    ["GET", "/api/x/runs/7", ["/runs/{id}", { id: "7" }]],
    ["GET", "/api/x/runs/7/files/a.txt", ["/runs/{run}/files/{file}", { run: "7", file: "a.txt" }]],
    ["POST", "/api/x/runs/query", ["/runs/query", {}]],
  ])("%s %s", (method, path, expected) => expect(found(method, path)).toEqual(expected));

  test("is decoded part by part: an encoded slash is within a part", () => {
    expect(found("GET", "/api/x/%72uns/a%2Fb")).toEqual(["/runs/{id}", { id: "a/b" }]);
    expect(found("GET", "/api/x/runs/7/files/%C3%A9")).toEqual(["/runs/{run}/files/{file}", { run: "7", file: "é" }]);
    expect(found("GET", "/api/x/runs%2F7")).toMatch(/is no call/);
    expect(found("GET", "/api/x/runs/%E0%A4%A")).toBe('"%E0%A4%A" in the path is not valid percent-encoding');
  });

  test("may end with one slash; an empty part is named, as it mostly is an id that is missing", () => {
    expect(found("GET", "/api/x/runs/7/")).toEqual(["/runs/{id}", { id: "7" }]);
    for (const path of ["/api/x/runs//files/a", "/api/x//runs", "/api/x/runs//"])
      expect(found("GET", path)).toBe(`"${path}" has an empty part: is an id missing? ask Ann`);
    expect(found("GET", "/api/x/runs/7/files/")).toBe('"/api/x/runs/7/files/" is no call of this API; ask Ann');
  });

  test.each(["/api/x", "/api/x/", "/api/x/no", "/api/x/runs/7/files", "/api/x/runs/7/files/a/b", "/api/x/Runs"])(
    "%s is nothing",
    (path) => expect(found("GET", path)).toBe(`"${path}" is no call of this API; ask Ann`),
  );

  test("of a name that objects have is as unknown as any other", () => {
    for (const name of ["__proto__", "constructor", "toString"]) {
      expect(found("GET", `/api/x/${name}`)).toMatch(/is no call/);
      expect(found("GET", `/api/x/runs/${name}`)).toEqual(["/runs/{id}", { id: name }]);
    }
  });
});

test("another method hears which there are; HEAD is as GET; a fixed part goes before a parameter", () => {
  expect(found("PUT", "/api/x/runs")).toEqual(["GET", "POST", "HEAD", "OPTIONS"]);
  expect(found("GET", "/api/x/runs/query")).toEqual(["POST", "OPTIONS"]);
  expect(found("OPTIONS", "/api/x/runs/7")).toEqual(["GET", "DELETE", "HEAD", "OPTIONS"]);
  expect(found("HEAD", "/api/x/runs/7")).toEqual(["/runs/{id}", { id: "7" }]);
  expect(found("HEAD", "/api/x/runs/query")).toEqual(["POST", "OPTIONS"]);
});

test("the root decides whose a request is", () => {
  const other = tableOf({ root: "/api/xy", calls: [], help: "" });
  const owner = (path: string) => tableFor([all, other], path)?.root;
  expect(["/api/x", "/api/x?a=1", "/api/x/no"].map(owner)).toEqual(["/api/x", "/api/x", "/api/x"]);
  expect(["/api/xy", "/api/xyz", "/api", "/", "//api/x", ""].map(owner)).toEqual(["/api/xy", ...Array(5)]);
});

test("a call lies below the root of its table, and one method and path stand there once", () => {
  expect(() => table(row("GET", "/api/y/runs"))).toThrow("/api/y/runs is not below /api/x");
  const twice = () => table(row("GET", "/api/x/runs/{id}"), row("GET", "/api/x/runs/{run}"));
  expect(twice).toThrow("GET /api/x/runs/{run} is in the table twice");
});
