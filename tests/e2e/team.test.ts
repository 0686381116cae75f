import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { signedIn } from "./signed-in";

/** Three people in three roles and two teams, each in a browser of her own. */

const s = signedIn("team", async () => {});

async function browserOfHerOwn(): Promise<Page> {
  const context = await s.browser.newContext({ viewport: { width: 1440, height: 900 } });
  context.setDefaultTimeout(30_000);
  return context.newPage();
}

/** Invites an address on the page of people; the link. */
async function invite(page: Page, email: string, role: string, team = "team"): Promise<string> {
  await page.goto(`${s.etalon.url}/${team}/settings/people`);
  await page.getByLabel("E-mail of a colleague").fill(email);
  await page.getByLabel("Role of the colleague").selectOption(role);
  await page.getByRole("button", { name: "Make invitation" }).click();
  const note = page.getByRole("status").filter({ hasText: `Give this link to ${email}` });
  return note.locator("p.font-mono").innerText();
}

async function accept(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByRole("button", { name: "Accept the invitation" }).click();
}

test("colleagues are invited, come in with their role, change it, have teams of their own, and go", async () => {
  const { page: owner } = s;
  const [editor, viewer] = [await browserOfHerOwn(), await browserOfHerOwn()];

  const editorLink = await invite(owner, "erin@example.org", "editor");
  const viewerLink = await invite(owner, "vera@example.org", "viewer");
  await accept(editor, editorLink);
  await editor.waitForURL(`${s.etalon.url}/team`);
  await editor.getByRole("heading", { name: "Welcome to Team" }).waitFor();
  await editor.getByText("you are an editor here").waitFor();
  await accept(viewer, viewerLink);
  await viewer.getByText("you are a viewer here").waitFor();
  expect(await viewer.getByRole("button", { name: "New project" }).count()).toBe(0);
  // A link that was used says so, and to whom else it is of no use.
  await viewer.goto(editorLink);
  await viewer.getByText("was accepted already").waitFor();

  // An editor makes a project; a viewer sees it; neither invites.
  await editor.getByRole("button", { name: "New project" }).click();
  await editor.getByLabel("Name").fill("Shared study");
  await editor.getByLabel("Name").press("Enter");
  await editor.waitForURL(/\/team\/shared-study$/);
  await viewer.goto(`${s.etalon.url}/team/shared-study`);
  await viewer.getByRole("heading", { name: "Shared study" }).first().waitFor();
  await viewer.goto(`${s.etalon.url}/team/settings/people`);
  await viewer.getByRole("cell", { name: "erin@example.org" }).waitFor();
  expect(await viewer.getByLabel("E-mail of a colleague").count()).toBe(0);
  await viewer.goto(`${s.etalon.url}/team/settings/keys`);
  await viewer.getByText("Owners and editors of the team make API keys").waitFor();

  // The viewer's own team, of which the first one's people know nothing until they are invited.
  await viewer.goto(`${s.etalon.url}/account`);
  await viewer.getByLabel("Time zone").selectOption("Asia/Tokyo");
  await viewer.getByRole("button", { name: "Save" }).click();
  await viewer.getByText("GMT+9").first().waitFor();
  await viewer.getByLabel("Name of a new team").fill("Vera's lab");
  await viewer.getByRole("button", { name: "Make a team" }).click();
  await viewer.waitForURL(`${s.etalon.url}/vera-s-lab`);
  await editor.goto(`${s.etalon.url}/vera-s-lab`);
  await editor.getByRole("heading", { name: "Nothing is here" }).waitFor();
  const back = await invite(viewer, "erin@example.org", "owner", "vera-s-lab");
  // Erin has an account: only she may accept.
  const stranger = await browserOfHerOwn();
  await stranger.goto(back);
  await stranger.getByText("erin@example.org has an account here").waitFor();
  await owner.goto(back);
  await owner.getByText("you are signed in as owner@etalon.local").waitFor();
  await accept(editor, back);
  await editor.waitForURL(`${s.etalon.url}/vera-s-lab`);
  await editor.getByRole("link", { name: "Switch to Team" }).click();
  await editor.waitForURL(`${s.etalon.url}/team`);

  // A project that is closed to her is nowhere; once she is named it is there again.
  await owner.goto(`${s.etalon.url}/team/shared-study`);
  await owner.getByLabel("Who sees this project").selectOption("named");
  await owner.getByText("Nobody is named yet.").waitFor();
  await owner.getByRole("button", { name: /^Name erin/ }).click();
  await owner.getByRole("list", { name: "Named members" }).getByText("erin").waitFor();
  await viewer.goto(`${s.etalon.url}/team/shared-study`);
  await viewer.getByRole("heading", { name: "Nothing is here" }).waitFor();
  await viewer.goto(`${s.etalon.url}/team`);
  await viewer.getByRole("heading", { name: "Projects" }).first().waitFor();
  expect(await viewer.getByText("Shared study").count()).toBe(0);
  await editor.goto(`${s.etalon.url}/team/shared-study`);
  await editor.getByText("The owners of the team, and:").waitFor();
  await owner.getByLabel("Name a member").fill("vera");
  await owner.getByRole("button", { name: /^Name vera/ }).click();
  await owner.getByRole("list", { name: "Named members" }).getByText("vera").waitFor();
  await viewer.goto(`${s.etalon.url}/team/shared-study`);
  await viewer.getByRole("heading", { name: "Shared study" }).first().waitFor();

  // Roles change, and an open page of somebody who was removed ends.
  await owner.goto(`${s.etalon.url}/team/settings/people`);
  const changed = owner.waitForResponse((r) => r.url().includes("member.changeRole"));
  await owner.getByLabel("Role of vera@example.org").selectOption("editor");
  await changed;
  await viewer.goto(`${s.etalon.url}/team`);
  await viewer.getByRole("button", { name: "New project" }).waitFor();
  await owner
    .getByRole("row", { name: /erin@example.org/ })
    .getByRole("button", { name: "Remove" })
    .click();
  await owner.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect.poll(() => owner.getByRole("cell", { name: "erin@example.org" }).count()).toBe(0);
  await editor.goto(`${s.etalon.url}/team/shared-study`);
  await editor.getByRole("heading", { name: "Nothing is here" }).waitFor();
  await editor.goto(`${s.etalon.url}/vera-s-lab`);
  await editor.getByRole("heading", { name: "Projects" }).waitFor();

  // The team is deleted by typing its name; whoever has no team left may make one.
  await viewer.goto(`${s.etalon.url}/vera-s-lab/settings`);
  await viewer.getByRole("button", { name: "Delete the team Vera's lab" }).click();
  await viewer.getByRole("textbox", { name: /^To confirm/ }).fill("Vera's lab");
  await viewer.getByRole("dialog").getByRole("button", { name: "Delete the team" }).click();
  await viewer.waitForURL(`${s.etalon.url}/team`);
  await editor.goto(s.etalon.url);
  await editor.waitForURL(`${s.etalon.url}/account`);
  await editor.getByText("You belong to no team").waitFor();
  await editor.getByRole("button", { name: "Delete my account" }).click();
  await editor.getByRole("textbox", { name: /^To confirm/ }).fill("erin@example.org");
  await editor.getByRole("dialog").getByRole("button", { name: "Delete my account" }).click();
  await editor.waitForURL(`${s.etalon.url}/sign-in`);

  // All of it stands in the log, with who and from where.
  await owner.goto(`${s.etalon.url}/team/settings/audit?action=invitation.`);
  const accepted = owner.getByRole("row", { name: /erin person invitation\.accept/ });
  expect(await accepted.innerText()).toContain("127.0.0.1");
  const asked = owner.getByRole("row", { name: /Owner person invitation\.create/ }).first();
  expect(await asked.innerText()).toContain("127.0.0.1");
});

test("a session elsewhere is seen, and ended from here", async () => {
  const { page: owner } = s;
  const viewer = await browserOfHerOwn();
  await accept(viewer, await invite(owner, "sam@example.org", "viewer"));
  await viewer.getByText("you are a viewer here").waitFor();
  await owner.reload();
  await owner
    .getByRole("row", { name: /sam@example.org/ })
    .getByRole("button", { name: "Sign-in link" })
    .click();
  const link = await owner
    .getByRole("status")
    .filter({ hasText: "sam@example.org" })
    .locator("p.font-mono")
    .innerText();
  const second = await browserOfHerOwn();
  await second.goto(link);
  await second.getByRole("button", { name: "Sign in" }).click();
  await second.waitForURL(`${s.etalon.url}/team`);
  await viewer.goto(`${s.etalon.url}/account`);
  await expect.poll(() => viewer.getByRole("row", { name: /Chrome/ }).count()).toBe(2);
  await viewer.getByRole("button", { name: "Sign out everywhere else" }).click();
  await viewer.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
  await expect.poll(() => viewer.getByRole("row", { name: /Chrome/ }).count()).toBe(1);
  await second.goto(`${s.etalon.url}/team`);
  await second.getByRole("heading", { name: "Sign in with a one-time link" }).waitFor();
});
