import { request } from "node:http";
import { expect, test } from "vitest";
import { signedIn } from "./signed-in";

const s = signedIn("headers", async () => {});

test("every answer has the headers of a careful server; secrets in addresses leak nowhere", async () => {
  for (const path of ["/sign-in", "/team", "/api/health", "/shared/unknown", "/sign-in/link?token=a"]) {
    const { headers } = await fetch(`${s.etalon.url}${path}`, { redirect: "manual" });
    expect(headers.get("content-security-policy"), path).toContain("frame-ancestors 'none'");
    expect(headers.get("x-content-type-options"), path).toBe("nosniff");
    expect(headers.get("referrer-policy"), path).toBe(path.startsWith("/shared") ? "no-referrer" : "same-origin");
    expect(headers.get("strict-transport-security"), path).toBeNull();
  }
  for (const [path, expected] of [
    ["/api/v1/series", 401],
    [`/api/v1/runs/${crypto.randomUUID()}/metrics`, 401],
    ["/api/v1/runs", 401],
    ["/api/v1/none", 404],
  ] as const) {
    const { status, headers } = await fetch(`${s.etalon.url}${path}`, { method: "POST", body: "{}" });
    expect([status, headers.get("x-content-type-options")], path).toEqual([expected, "nosniff"]);
    expect(headers.get("content-security-policy"), path).toBe("default-src 'none'; frame-ancestors 'none'");
  }
  const nonces = await Promise.all(
    [1, 2].map(
      async () =>
        /nonce-[^']+/.exec((await fetch(`${s.etalon.url}/sign-in`)).headers.get("content-security-policy")!)![0],
    ),
  );
  expect(nonces[0]).not.toBe(nonces[1]);
});

test("what changes something comes from an own page, and a session is of the server's own name", async () => {
  const cookie = (await s.page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  const send = async (headers: Record<string, string>, method = "POST") => {
    const body = method === "POST" ? '{"json":{"team":"team"}}' : undefined;
    const { hostname, port } = new URL(s.etalon.url);
    const path = method === "POST" ? "/api/trpc/notification.read" : "/team";
    return new Promise<number>((resolve, reject) => {
      const sent = request({ hostname, port, path, method, headers: { cookie, ...headers } }, (res) => {
        res.resume();
        resolve(res.statusCode!);
      });
      sent.on("error", reject).end(body);
    });
  };
  expect(await send({ origin: "https://evil.example", "content-type": "text/plain" })).toBe(403);
  expect(await send({ "sec-fetch-site": "cross-site", "content-type": "application/json" })).toBe(403);
  expect(await send({ origin: new URL(s.etalon.url).origin, "content-type": "application/json" })).not.toBe(403);
  expect(await send({ host: "rebound.example" }, "GET")).toBe(421);
  expect(await send({}, "GET")).toBe(200);
});

test("a script that the page did not bring does not run, and the page's own do", async () => {
  await s.page.goto(`${s.etalon.url}/team`);
  await s.page.waitForLoadState("networkidle").catch(() => {});
  expect(s.errors).toEqual([]);
  const ran = await s.page.evaluate(() => {
    const script = document.createElement("div");
    script.innerHTML = '<img src="x:" onerror="document.title=\'taken\'">';
    document.body.append(script);
    return new Promise<boolean>((done) => setTimeout(() => done(document.title === "taken"), 300));
  });
  expect(ran).toBe(false);
});
