import { describe, expect, test } from "vitest";
import { refusalOf } from "./own-origin";

const own = "https://etalon.example.org";
const host = "etalon.example.org";
const cookie = "__Host-authjs.session-token=x";

describe("a request that changes something", () => {
  test.each<[string, Record<string, string>, number | null]>([
    ["of an own page", { host, origin: own, "sec-fetch-site": "same-origin" }, null],
    ["of an own page behind a proxy that renames", { host: "etalon:3000", origin: own }, null],
    ["of a program", { host }, null],
    ["of an own page by an address", { host: "10.0.0.5:3000", origin: "http://10.0.0.5:3000" }, null],
    ["of a foreign page", { host, origin: "https://evil.example" }, 403],
    ["of a sandboxed page", { host, origin: "null" }, 403],
    ["of a neighbour's subdomain", { host, origin: "https://blog.example.org" }, 403],
    ["of another port", { host, origin: "https://etalon.example.org:8443" }, 403],
    ["without https", { host, origin: "http://etalon.example.org", "sec-fetch-site": "cross-site" }, 403],
    ["of a foreign page that says no origin", { host, "sec-fetch-site": "cross-site" }, 403],
    ["of no address", { host, origin: "x" }, 403],
  ])("%s", (_, headers, status) => {
    for (const method of ["POST", "DELETE"])
      expect(refusalOf({ method, headers: { ...headers, cookie } }, own)?.status ?? null).toBe(status);
  });
});

describe("a session under another name", () => {
  test.each<[string, number | null]>([
    [host, null],
    ["127.0.0.1:3000", null],
    ["[::1]:3000", null],
    ["localhost:3000", null],
    ["etalon:3000", null],
    ["evil.example", 421],
    ["etalon.example.org.evil.example", 421],
    ["127.0.0.1.nip.io:3000", 421],
    ["", 421],
  ])("%s", (name, status) => {
    expect(refusalOf({ method: "GET", headers: { host: name, cookie } }, own)?.status ?? null).toBe(status);
    expect(refusalOf({ method: "GET", headers: { host: name } }, own)).toBeNull();
  });
});

test("reading from a link of another site is no change", () => {
  expect(refusalOf({ method: "GET", headers: { host, "sec-fetch-site": "cross-site", cookie } }, own)).toBeNull();
});
