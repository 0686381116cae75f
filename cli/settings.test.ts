import { resolve } from "node:path";
import { expect, test } from "vitest";
import { localUrl, readSettings, warningsOf } from "./settings";

test("without settings: this machine only, port 3000, state in the working folder", () => {
  expect(readSettings({ NODE_ENV: "test" })).toEqual({
    host: "127.0.0.1",
    port: 3000,
    dataDir: resolve(".etalon"),
    publicUrl: "http://127.0.0.1:3000",
    databaseUrl: null,
    directUrl: null,
    authSecret: null,
    smtpUrl: null,
    oidcIssuer: null,
  });
});

test.each([
  [{ SMTP_URL: "mail.example.org" }, "SMTP_URL: is not the address of a mail server"],
  [{ SMTP_URL: "https://me:secret@mail.example.org" }, "SMTP_URL: is not the address of a mail server"],
  [{ SMTP_URL: "smtp://mail.example.org" }, 'MAIL_FROM: "" is no sender'],
  [{ SMTP_URL: "smtp://mail.example.org", MAIL_FROM: "etalon" }, 'MAIL_FROM: "etalon" is no sender'],
  [{ MAIL_FROM: "etalon@example.org" }, "MAIL_FROM: has a meaning only beside SMTP_URL"],
])("mail that cannot be sent is refused at the start, without the password: %j", (env, message) => {
  const read = () => readSettings({ NODE_ENV: "test", ...env });
  expect(read).toThrow(message);
  expect(read).not.toThrow("secret");
});

test("ways to sign in that make no sense are refused at the start", () => {
  const OIDC_ISSUER = "https://login.example.org";
  expect(() => readSettings({ NODE_ENV: "test", OIDC_ISSUER })).toThrow(
    "OIDC_CLIENT_ID: is missing beside OIDC_ISSUER",
  );
  const client = { OIDC_CLIENT_ID: "etalon", OIDC_CLIENT_SECRET: "s" };
  expect(readSettings({ NODE_ENV: "test", OIDC_ISSUER, ...client }).oidcIssuer).toBe(OIDC_ISSUER);
});

test("a mail server and a sender", () => {
  const SMTP_URL = "smtps://me:word@mail.example.org";
  for (const MAIL_FROM of ["etalon@example.org", "Etalon <etalon@example.org>"])
    expect(readSettings({ NODE_ENV: "test", SMTP_URL, MAIL_FROM }).smtpUrl).toBe(SMTP_URL);
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

test.each([
  ["https://host/etalon", "has a path"],
  ["https://host/etalon/", "has a path"],
  ["ftp://host", "is neither http nor https"],
  ["https://user:word@host", "has more than a host and a port"],
  ["https://host?x=1", "has more than a host and a port"],
  ["host", "is not a URL"],
])("ETALON_PUBLIC_URL %s is refused in one line", (ETALON_PUBLIC_URL, why) => {
  expect(() => readSettings({ NODE_ENV: "test", ETALON_PUBLIC_URL })).toThrow(why);
});

test.each([
  ["127.0.0.1", "http://127.0.0.1:3000"],
  ["127.0.0.2", "http://127.0.0.2:3000"],
  ["localhost", "http://localhost:3000"],
  ["::1", "http://[::1]:3000"],
  ["[::1]", "http://[::1]:3000"],
  ["::", "http://[::1]:3000"],
  ["0.0.0.0", "http://127.0.0.1:3000"],
  ["fd00::2", "http://[fd00::2]:3000"],
])("with HOST=%s the worker of this machine reaches the server at %s", (HOST, url) => {
  const settings = readSettings({
    NODE_ENV: "test",
    HOST,
    AUTH_SECRET: "s",
    ETALON_PUBLIC_URL: "https://etalon.example",
  });
  expect(localUrl(settings)).toBe(url);
  expect(URL.canParse(localUrl(settings))).toBe(true);
});

test("a public address without TLS beyond this machine is said to be one", () => {
  const settings = (ETALON_PUBLIC_URL: string, HOST: string) =>
    readSettings({ NODE_ENV: "test", HOST, AUTH_SECRET: "s", ETALON_PUBLIC_URL });
  expect(warningsOf(settings("http://etalon.example", "0.0.0.0"))).toEqual([
    expect.stringContaining("http://etalon.example is not https"),
  ]);
  expect(warningsOf(settings("https://etalon.example", "0.0.0.0"))).toEqual([]);
  expect(warningsOf(settings("http://127.0.0.1:3000", "127.0.0.1"))).toEqual([]);
});

test("a direct address needs the address that it goes beside", () => {
  expect(() => readSettings({ NODE_ENV: "test", DATABASE_DIRECT_URL: "postgres://x" })).toThrow("beside DATABASE_URL");
});

test.each([
  ["foo", "is not the address of a Postgres"],
  ["mysql://root:secret@host/db", "is not the address of a Postgres"],
  ["host=localhost dbname=etalon password=secret", "is not the address of a Postgres"],
  ["postgresql://me:secret@/db?host=/var/run/postgresql", "names no host"],
  ["postgres://me:secret/x@host/db", "as %2F"],
])("DATABASE_URL %s is refused by name, without its password", (DATABASE_URL, why) => {
  const read = () => readSettings({ NODE_ENV: "test", DATABASE_URL });
  expect(read).toThrow(/^DATABASE_URL: /);
  expect(read).toThrow(why);
  expect(read).not.toThrow("secret");
});

test.each([
  "postgres://h/db",
  "postgresql:///db",
  "postgres://u:p@ss%2F@h:5432/db?sslmode=require",
  "postgres://u:p@a:1,b:2/db",
])("DATABASE_URL %s is taken as it is", (DATABASE_URL) =>
  expect(readSettings({ NODE_ENV: "test", DATABASE_URL }).databaseUrl).toBe(DATABASE_URL),
);
