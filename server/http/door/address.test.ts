import type { IncomingMessage } from "node:http";
import { afterEach, expect, test } from "vitest";
import { addressOf } from "./address";

const asked = (remoteAddress: string | undefined, forwarded?: string) =>
  addressOf({ socket: { remoteAddress }, headers: { "x-forwarded-for": forwarded } } as unknown as IncomingMessage);

afterEach(() => {
  delete process.env.ETALON_BEHIND_PROXY;
});

test("an address is that of the connection, whatever a header says", () => {
  expect(asked("::ffff:192.0.2.1", "203.0.113.9")).toBe("192.0.2.1");
  expect(asked("2001:db8::1")).toBe("2001:db8::1");
  expect(asked(undefined)).toBeNull();
});

test("behind a proxy it is what the proxy wrote last, not what its client made up before", () => {
  process.env.ETALON_BEHIND_PROXY = "1";
  expect(asked("10.0.0.1", "1.1.1.1, 203.0.113.9")).toBe("203.0.113.9");
  expect(asked("10.0.0.1")).toBe("10.0.0.1");
  expect(asked("10.0.0.1", "x".repeat(500))).toHaveLength(100);
});
