import { createHmac } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import { receiver } from "../integration/receiver";
import { linkIn, mailbox } from "../mailbox";
import { type Api, signIn } from "./api";
import { cutTexts, overflow, signInWith } from "./browser";
import { run } from "./etalon";
import { signedIn } from "./signed-in";

/** Somebody watches a run, it fails, and she, her mailbox and her team's webhook hear of it, each once. */

let hook: Awaited<ReturnType<typeof receiver>>;
let box: Awaited<ReturnType<typeof mailbox>>;
let api: Api;

const s = signedIn(
  "notifications",
  async ({ etalon }) => {
    api = await signIn(etalon);
  },
  async () => {
    [hook, box] = [await receiver(), await mailbox()];
    return { ...box.env, ETALON_WEBHOOKS_TO_PRIVATE: "1" };
  },
);
afterAll(async () => {
  await hook?.close();
  await box?.close();
});

test("a watched run that fails is told by bell, mail and webhook", async () => {
  const { page, etalon } = s;
  await page.goto(`${etalon.url}/team`);
  await page.getByRole("button", { name: "Notifications, 0 unread" }).click();
  await page.getByRole("link", { name: "What is mailed, and where else it goes" }).click();
  await page.waitForURL(`${etalon.url}/team/settings/notifications`);
  await page.getByText("No channels yet").waitFor();
  await page.getByText("Nothing has been sent to a channel yet").waitFor();
  await page.getByText("The team has no project yet").waitFor();

  // Mail goes to an address that is proven to be hers: by a link that was mailed to it.
  await page.getByText("owner@etalon.local is not proven to be yours").waitFor();
  const elsewhere = await (await s.browser.newContext()).newPage();
  await elsewhere.goto(`${etalon.url}/sign-in`);
  await elsewhere.getByLabel("E-mail").fill("owner@etalon.local");
  await elsewhere.getByRole("button", { name: "Mail me a link" }).click();
  await signInWith(elsewhere, linkIn(await box.next("owner@etalon.local")).href);
  await elsewhere.waitForURL(`${etalon.url}/team`);
  await elsewhere.context().close();
  // Which ended the sessions from before.
  const { stdout } = await run(s.dataDir, ["sign-in-link"]);
  await signInWith(page, stdout.replace("sign in: ", "").trim());
  await page.waitForURL(`${etalon.url}/team`);
  api = await signIn(etalon);
  await page.goto(`${etalon.url}/team/settings/notifications`);
  await page.getByText("to owner@etalon.local, at most one a minute").waitFor();

  // A webhook, its secret, a test of it.
  await page.getByLabel("To", { exact: true }).selectOption("webhook");
  await page.getByLabel("Name", { exact: true }).fill("Pager");
  await page.getByLabel("Address").fill(hook.url);
  await page.getByRole("button", { name: "Add channel" }).press("Enter");
  const secret = await page.getByRole("status").locator("code").innerText();
  expect(secret).toMatch(/^etalon_whsec_/);
  await page.getByRole("button", { name: "Send a test to Pager" }).click();
  await page.getByText("It was taken.").waitFor();
  expect(JSON.parse(hook.received.shift()!.body)).toMatchObject({ kind: "test", team: "team" });
  await page.reload();
  await page.getByRole("heading", { name: "Pager" }).waitFor();
  expect(await page.getByText(secret).count()).toBe(0);

  // A run of a program, watched by keyboard.
  const { key } = await api.apiKey.create.mutate({ team: "team", key: { name: "program", scopes: ["write"] } });
  const send = async (path: string, body: unknown) => {
    const headers = { authorization: `Bearer ${key}` };
    const answer = await fetch(`${etalon.url}/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    expect(answer.status).toBe(200);
    return answer.json();
  };
  const { id } = await send("/runs", { project: "spikes", name: "large run" });
  await page.goto(`${etalon.url}/team/spikes/runs/${id}`);
  const watch = page.getByRole("button", { name: /^Watch/ });
  await expect.poll(() => watch.isEnabled()).toBe(true);
  await watch.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Watching 1", pressed: true }).waitFor();
  await send(`/runs/${id}/alerts`, { key: "spike", title: "loss spike", level: "warning" });
  await page.getByRole("button", { name: "Notifications, 1 unread" }).waitFor();
  await send(`/runs/${id}/finish`, { state: "failed", error: "NCCL time-out" });
  await send(`/runs/${id}/finish`, { state: "failed", error: "NCCL time-out" });

  // The bell shows it without a reload, and leads to the run.
  await page.goto(`${etalon.url}/team/spikes`);
  await page.getByRole("button", { name: "Notifications, 2 unread" }).click();
  const list = page.getByRole("region", { name: "Notifications" });
  const entry = list.getByRole("listitem").filter({ hasText: "failed: NCCL time-out" });
  await entry.getByRole("link", { name: "large run" }).click();
  await page.waitForURL(`${etalon.url}/team/spikes/runs/${id}`);
  await page.getByRole("button", { name: "Notifications, 1 unread" }).waitFor();

  // The webhook got both, signed; so did the mailbox, in one letter.
  await expect.poll(() => hook.received.length, { timeout: 20_000 }).toBe(2);
  const [spike, failure] = hook.received;
  expect(JSON.parse(spike!.body)).toMatchObject({
    kind: "run-alert",
    detail: { title: "loss spike", level: "warning" },
  });
  expect(JSON.parse(failure!.body)).toMatchObject({
    kind: "run-failed",
    words: "large run failed: NCCL time-out",
    subject: { kind: "run", id, url: `${etalon.url}/team/spikes/runs/${id}` },
  });
  const { headers, body } = failure!;
  const signed = createHmac("sha256", secret).update(`${headers["etalon-timestamp"]}.${body}`).digest("hex");
  expect(headers["etalon-signature"]).toBe(`sha256=${signed}`);
  await expect.poll(() => box.letters.length, { timeout: 30_000 }).toBe(1);
  expect(box.letters[0]).toMatchObject({ to: ["owner@etalon.local"], subject: "2 events on Etalon" });

  // The settings say what was delivered; bounds can be set now that there is a project.
  await page.goto(`${etalon.url}/team/settings/notifications`);
  await expect.poll(() => page.getByRole("cell", { name: "sent", exact: true }).count()).toBe(2);
  await page.getByRole("textbox", { name: "Metric" }).fill("train/loss");
  await page.getByRole("textbox", { name: "Metric" }).press("Enter");
  await page.getByRole("listitem").filter({ hasText: "train/loss goes above 10" }).waitFor();
  await page.getByRole("group", { name: "Events that you are mailed" }).getByLabel("a run failed").click();
  await expect
    .poll(async () => (await api.notification.preferences.query({ team: "team" })).mail)
    .not.toContain("run-failed");
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await overflow(page)).toBe(0);
  expect(await cutTexts(page)).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });

  // What is removed asks first.
  await page.getByRole("listitem").filter({ hasText: "Pager" }).getByRole("button", { name: "Remove" }).click();
  await page.getByRole("dialog", { name: "Remove the channel Pager?" }).getByRole("button", { name: "Remove" }).click();
  await page.getByText("No channels yet").waitFor();
  expect(s.errors).toEqual([]);
});
