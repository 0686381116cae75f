import { resolve } from "node:path";
import { expect, test } from "vitest";
import { readSettings } from "./settings";

test("without settings: this machine only, port 3000, state in the working folder", () => {
  expect(readSettings({ NODE_ENV: "test" })).toEqual({
    host: "127.0.0.1",
    port: 3000,
    dataDir: resolve(".etalon"),
    publicUrl: "http://127.0.0.1:3000",
    databaseUrl: null,
    authSecret: null,
  });
});

test("the public address follows host and port, brackets an IPv6 address, and loses its last slash", () => {
  const urlOf = (env: Record<string, string>) => readSettings({ NODE_ENV: "test", ...env }).publicUrl;
  expect(urlOf({ PORT: "8080" })).toBe("http://127.0.0.1:8080");
  expect(urlOf({ HOST: "::1" })).toBe("http://[::1]:3000");
  expect(urlOf({ ETALON_PUBLIC_URL: "https://etalon.example/" })).toBe("https://etalon.example");
});

test("beyond this machine only with a secret and a public address", () => {
  const env = { NODE_ENV: "test" as const, HOST: "0.0.0.0" };
  const both = { AUTH_SECRET: "s", ETALON_PUBLIC_URL: "https://etalon.example" };
  expect(() => readSettings(env)).toThrow("listening on 0.0.0.0 is refused");
  expect(() => readSettings({ ...env, AUTH_SECRET: "s" })).toThrow("listening on 0.0.0.0 is refused");
  expect(readSettings({ ...env, ...both })).toMatchObject({ host: "0.0.0.0", publicUrl: "https://etalon.example" });
});

test.each(["0", "65536", "-1", "3000.5", "http", "1e9"])("PORT %s is refused, quoting it", (PORT) => {
  expect(() => readSettings({ NODE_ENV: "test", PORT })).toThrow(`PORT: "${PORT}" is not a port number`);
});
