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
