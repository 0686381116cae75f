import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import Provider from "oidc-provider";

/** What the issuer says of a person beside her `sub`. */
export type Claims = Record<string, unknown>;

/** A real OpenID Connect issuer with a login page of its own, at which any name that is entered signs in. */
export async function issuer(redirectTo: string) {
  const people = new Map<string, Claims>();
  /** Seconds that a code lasts. */
  const lasts = { code: 60 };
  /** Seconds that its clock is late when it makes tokens. */
  const clock = { late: 0 };
  const client = { id: "etalon", secret: randomBytes(16).toString("hex") };
  let handle: (req: IncomingMessage, res: ServerResponse) => unknown = () => {};
  const server = createServer((req, res) => void handle(req, res));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider: Provider = new Provider(url, {
    clients: [{ client_id: client.id, client_secret: client.secret, redirect_uris: [redirectTo] }],
    claims: { openid: ["sub", "groups"], email: ["email", "email_verified"], profile: ["name"] },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub, ...people.get(sub) }) }),
    // Whoever signs in consents.
    loadExistingGrant: async (ctx) => {
      const grant = new provider.Grant({ clientId: client.id, accountId: ctx.oidc.session!.accountId });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, { uid }) => `/login/${uid}` },
    ttl: {
      AccessToken: 600,
      IdToken: 600,
      AuthorizationCode: () => lasts.code,
      Session: 600,
      Grant: 600,
      Interaction: 600,
    },
    cookies: { keys: [randomBytes(16).toString("hex")] },
    jwks: { keys: [generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" }) as never] },
  });
  const others = provider.callback();
  handle = async (req, res) => {
    if (req.url === "/token") return late(clock.late, () => others(req, res));
    if (!req.url!.startsWith("/login/")) return others(req, res);
    if (req.method !== "POST") return void res.writeHead(200, { "content-type": "text/html" }).end(PAGE);
    const accountId = new URLSearchParams(await text(req)).get("login") ?? "";
    return provider.interactionFinished(req, res, { login: { accountId } });
  };
  return {
    url,
    people,
    lasts,
    clock,
    env: { OIDC_ISSUER: url, OIDC_CLIENT_ID: client.id, OIDC_CLIENT_SECRET: client.secret, OIDC_NAME: "Example" },
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

async function late(seconds: number, work: () => Promise<void>): Promise<void> {
  const { now } = Date;
  Date.now = () => now() - seconds * 1_000;
  await work().finally(() => {
    Date.now = now;
  });
}

const PAGE = `<!doctype html><html lang="en"><title>Example</title><h1>Example's own page</h1>
<form method="post"><label>Login <input name="login" autofocus></label><button>Continue</button></form></html>`;
