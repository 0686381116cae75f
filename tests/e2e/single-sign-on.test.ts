import type { Page } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { issuer } from "../issuer";
import { cutTexts, overflow } from "./browser";
import { run } from "./etalon";
import { signedIn } from "./signed-in";

/** People sign in on the page of a real issuer, in browsers of their own. */

let example: Awaited<ReturnType<typeof issuer>>;
const s = signedIn(
  "sso",
  async () => {},
  async (url) => {
    example = await issuer(`${url}/api/auth/callback/oidc`);
    const OIDC_ROLES = "groups=ml-owners:team:owner;groups=ml:team:viewer";
    return { ...example.env, SIGN_IN_DOMAINS: "example.org", OIDC_ROLES };
  },
);
afterAll(() => example?.close());

async function browserOfHerOwn(width = 1440): Promise<Page> {
  const context = await s.browser.newContext({ viewport: { width, height: 900 } });
  context.setDefaultTimeout(30_000);
  return context.newPage();
}

/** On the page of the issuer. */
async function enter(page: Page, login: string): Promise<void> {
  await page.getByRole("heading", { name: "Example's own page" }).waitFor();
  await page.getByLabel("Login").fill(login);
  await page.getByRole("button", { name: "Continue" }).click();
}

const vouchedFor = (login: string, claims: Record<string, unknown> = {}) =>
  example.people.set(login, { email: `${login}@example.org`, email_verified: true, name: login, ...claims });

test("who has a claim comes in as a member, where she wanted to, by the keyboard", async () => {
  vouchedFor("vera", { groups: ["ml"] });
  const page = await browserOfHerOwn(390);
  await page.goto(`${s.etalon.url}/team/settings/people`);
  const button = page.getByRole("link", { name: "Sign in with Example" });
  await button.waitFor();
  expect([await overflow(page), await cutTexts(page)]).toEqual([0, []]);
  await button.focus();
  await page.keyboard.press("Enter");
  await enter(page, "vera");
  await page.waitForURL(`${s.etalon.url}/team/settings/people`);
  await page.getByRole("cell", { name: "vera@example.org" }).waitFor();
  await page.goto(`${s.etalon.url}/team/settings/sign-in`);
  await page.getByText("Only owners of the team see how its people sign in").waitFor();
});

test("who has no verified address is told so, and signs in after all", async () => {
  vouchedFor("uma", { email_verified: false });
  const page = await browserOfHerOwn();
  await page.goto(`${s.etalon.url}/sign-in?from=/account`);
  await page.getByRole("link", { name: "Sign in with Example" }).click();
  await enter(page, "uma");
  await page.getByRole("alert").filter({ hasText: "does not vouch for your e-mail address" }).waitFor();
  vouchedFor("uma");
  await page.getByRole("link", { name: "Sign in with Example" }).click();
  await page.waitForURL(`${s.etalon.url}/account`);
  await page.getByText("You belong to no team").waitFor();
});

test("a team that opens by single sign-on alone asks for it, and is opened again by the command line", async () => {
  const { page: owner } = s;
  const settings = `${s.etalon.url}/team/settings/sign-in`;
  await owner.goto(settings);
  const toggle = (page: Page) => page.getByLabel("The team opens only to who came in by single sign-on");
  expect(await toggle(owner).isDisabled()).toBe(true);
  await owner.getByText("Sign out, and in by single sign-on").waitFor();
  await owner.getByText("on, as “Example”").waitFor();

  vouchedFor("olga", { groups: ["ml-owners"] });
  const page = await browserOfHerOwn(390);
  await page.goto(settings);
  await page.getByRole("link", { name: "Sign in with Example" }).click();
  await enter(page, "olga");
  await page.waitForURL(settings);
  expect([await overflow(page), await cutTexts(page)]).toEqual([0, []]);
  await toggle(page).focus();
  const saved = page.waitForResponse((r) => r.url().includes("team.saveSignIn"));
  await page.keyboard.press("Space");
  await saved;
  await page.getByText("the only way in").waitFor();
  await page.reload();
  await page.getByText("the only way in").waitFor();

  // The owner who came in by a link is asked, also on a page that was open.
  await owner.getByRole("link", { name: "People" }).click();
  await owner.getByRole("heading", { name: "Team asks for single sign-on" }).waitFor();
  await owner.goto(s.etalon.url);
  await owner.getByRole("heading", { name: "Team asks for single sign-on" }).waitFor();
  await owner.getByRole("link", { name: "Your account and other teams" }).click();
  await owner.getByRole("heading", { name: "Your account", exact: true }).waitFor();

  const list = await run(s.dataDir, ["team", "list"]);
  expect(list.stdout).toBe("team  Team  single sign-on only\n");
  expect((await run(s.dataDir, ["team", "sso", "off", "none"])).stderr).toContain('there is no team at "none"');
  expect((await run(s.dataDir, ["team", "sso", "off", "team"])).code).toBe(0);
  await owner.goto(settings);
  await owner.getByText("one way among others").waitFor();
  await owner.goto(`${s.etalon.url}/team/settings/audit?action=team.sso`);
  await owner.getByRole("row", { name: /olga person team\.sso/ }).waitFor();
  await owner.getByRole("row", { name: /command line server team\.sso/ }).waitFor();
  expect(s.errors).toEqual([]);
});
