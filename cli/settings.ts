import { join, resolve } from "node:path";
import { readSignIn } from "@/server/services/sso/settings";

/** The product's folder: where package.json lies. */
export const ROOT = resolve(import.meta.dirname, "..");

export interface Settings {
  host: string;
  port: number;
  dataDir: string;
  publicUrl: string;
  /** Own Postgres instead of the embedded one. */
  databaseUrl: string | null;
  /** The same database without the pooler that `databaseUrl` goes through. */
  directUrl: string | null;
  authSecret: string | null;
  /** The mail server that invitations and sign-in links go out by. */
  smtpUrl: string | null;
  /** Who vouches for people by OpenID Connect. */
  oidcIssuer: string | null;
}

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|::1|\[::1\])$/;
const EVERY_ADDRESS = new Map([
  ["0.0.0.0", "127.0.0.1"],
  ["::", "[::1]"],
]);

export const isLoopback = (host: string) => LOOPBACK.test(host);

/** A host as a URL has it. */
const inUrl = (host: string) => (host.includes(":") ? `[${host}]` : host);

/** Where a program of this machine reaches the server. */
export function localUrl({ host, port }: Pick<Settings, "host" | "port">): string {
  return `http://${EVERY_ADDRESS.get(host) ?? inUrl(host)}:${port}`;
}

/** What the environment says, checked. Throws an Error with one clear line. */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const host = (env.HOST || "127.0.0.1").replace(/^\[(.*)\]$/, "$1");
  const port = Number(env.PORT || 3000);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`PORT: "${env.PORT}" is not a port number (1 to 65535)`);
  const authSecret = env.AUTH_SECRET || null;
  if (!isLoopback(host) && !(authSecret && env.ETALON_PUBLIC_URL)) {
    throw new Error(
      `HOST: listening on ${host} is refused until AUTH_SECRET and ETALON_PUBLIC_URL are set (docs/self-hosting.md)`,
    );
  }
  const databaseUrl = readDatabaseUrl("DATABASE_URL", env.DATABASE_URL);
  const directUrl = readDatabaseUrl("DATABASE_DIRECT_URL", env.DATABASE_DIRECT_URL);
  if (directUrl && !databaseUrl) throw new Error("DATABASE_DIRECT_URL: has a meaning only beside DATABASE_URL");
  return {
    host,
    port,
    dataDir: resolve(env.ETALON_DATA_DIR || join(process.cwd(), ".etalon")),
    publicUrl: readPublicUrl(env.ETALON_PUBLIC_URL || `http://${inUrl(host)}:${port}`),
    databaseUrl,
    directUrl,
    authSecret,
    smtpUrl: readSmtpUrl(env.SMTP_URL, env.MAIL_FROM),
    oidcIssuer: readSignIn(env).issuer?.url ?? null,
  };
}

/** What is wrong with the settings and yet allowed; said at every start. */
export function warningsOf({ host, publicUrl }: Settings): string[] {
  if (isLoopback(host) || publicUrl.startsWith("https:")) return [];
  return [
    `ETALON_PUBLIC_URL: ${publicUrl} is not https: sessions and API keys cross the network in the clear (docs/self-hosting.md)`,
  ];
}

/** The message does not quote the value, which holds a password. */
function readDatabaseUrl(name: string, text = ""): string | null {
  if (text === "") return null;
  const like = "give postgres://user:password@host:5432/database";
  const [, authority] = /^postgres(?:ql)?:\/\/([^/?#]*)/.exec(text) ?? [];
  if (authority === undefined) throw new Error(`${name}: is not the address of a Postgres; ${like}`);
  if (authority.endsWith("@")) throw new Error(`${name}: names no host; ${like}`);
  // Of several hosts each is an address of its own.
  const firstHost = authority.slice(authority.lastIndexOf("@") + 1).split(",")[0]!;
  if (!URL.canParse(`postgres://${authority.slice(0, authority.lastIndexOf("@") + 1)}${firstHost}/`))
    throw new Error(`${name}: cannot be read; ${like}, with / ? # of a password as %2F %3F %23`);
  return text;
}

/** The message does not quote the value, which may hold a password. */
function readSmtpUrl(text = "", from = ""): string | null {
  if (text === "" && from === "") return null;
  if (text === "") throw new Error("MAIL_FROM: has a meaning only beside SMTP_URL");
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^smtps?:$/.test(url.protocol) || url.hostname === "")
    throw new Error("SMTP_URL: is not the address of a mail server; give smtp://user:password@host:587 or smtps://...");
  if (!/^(?:[^<>@\r\n]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/.test(from))
    throw new Error(`MAIL_FROM: "${from}" is no sender; give etalon@example.org or Etalon <etalon@example.org>`);
  return text;
}

function readPublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url) throw new Error(`ETALON_PUBLIC_URL: "${text}" is not a URL`);
  const refuse = (why: string) => new Error(`ETALON_PUBLIC_URL: "${text}" ${why}`);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw refuse("is neither http nor https");
  if (/[^/]/.test(url.pathname))
    throw refuse("has a path; Etalon is served at the root of a host, so give it a host name or a port of its own");
  if (url.search || url.hash || url.username || url.password) throw refuse("has more than a host and a port");
  return url.origin;
}
