import { join, resolve } from "node:path";

/** The product's folder: where package.json lies. */
export const ROOT = resolve(import.meta.dirname, "..");

export interface Settings {
  host: string;
  port: number;
  dataDir: string;
  publicUrl: string;
  /** Own Postgres instead of the embedded one. */
  databaseUrl: string | null;
  authSecret: string | null;
}

const LOOPBACK = new Set(["127.0.0.1", "localhost", "::1"]);

/** What the environment says, checked. Throws an Error with one clear line. */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const host = env.HOST || "127.0.0.1";
  const port = Number(env.PORT || 3000);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`PORT: "${env.PORT}" is not a port number (1 to 65535)`);
  const authSecret = env.AUTH_SECRET || null;
  if (!LOOPBACK.has(host) && !(authSecret && env.ETALON_PUBLIC_URL)) {
    throw new Error(
      `HOST: listening on ${host} is refused until AUTH_SECRET and ETALON_PUBLIC_URL are set (docs/self-hosting.md)`,
    );
  }
  const publicUrl = (env.ETALON_PUBLIC_URL || `http://${host.includes(":") ? `[${host}]` : host}:${port}`).replace(
    /\/+$/,
    "",
  );
  if (!URL.canParse(publicUrl)) throw new Error(`ETALON_PUBLIC_URL: "${publicUrl}" is not a URL`);
  return {
    host,
    port,
    dataDir: resolve(env.ETALON_DATA_DIR || join(process.cwd(), ".etalon")),
    publicUrl,
    databaseUrl: env.DATABASE_URL || null,
    authSecret,
  };
}
