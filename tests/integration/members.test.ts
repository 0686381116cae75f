import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { auditLog } from "@/db/schema";
import { addMember, changeRole, findMembers, listMembers, memberLink, removeMember } from "@/server/services/team";
import { product } from "./product";

const p = product();
const signing = { publicUrl: "http://127.0.0.1:3999", secret: "secret of tests" };

test("a person is added with a role and a link, and never twice", async () => {
  const added = await addMember(p.alice, { email: "Bob@Example.org", role: "viewer" }, signing);
  expect(added).toMatchObject({ email: "bob@example.org", role: "viewer" });
  expect(added.link).toMatch(
    /^http:\/\/127\.0\.0\.1:3999\/sign-in\/link\?token=[0-9a-f]{64}&email=bob%40example\.org$/,
  );
  await expect(addMember(p.alice, { email: "bob@example.org", role: "editor" }, signing)).rejects.toMatchObject({
    code: "conflict",
  });
  expect((await listMembers(p.alice)).map((m) => [m.email, m.role])).toContainEqual(["bob@example.org", "viewer"]);
  expect((await memberLink(p.alice, { userId: added.userId }, signing)).link).not.toBe(added.link);
  const entries = await p.alice.db.select().from(auditLog).where(eq(auditLog.subject, added.userId));
  expect(entries.map((e) => e.action)).toEqual(["member.add", "member.link"]);
  expect(JSON.stringify(entries)).not.toContain(new URL(added.link).searchParams.get("token"));
});

test("roles change and people leave, but the team keeps an owner", async () => {
  const { userId } = await addMember(p.alice, { email: "carol@example.org", role: "editor" }, signing);
  const self = { userId: p.alice.userId };
  await expect(removeMember(p.alice, self)).rejects.toMatchObject({ code: "conflict" });
  await expect(changeRole(p.alice, { ...self, role: "viewer" })).rejects.toMatchObject({ code: "conflict" });
  await changeRole(p.alice, { userId, role: "owner" });
  await changeRole(p.alice, { ...self, role: "editor" });
  await changeRole(p.alice, { ...self, role: "owner" });
  await removeMember(p.alice, { userId });
  expect((await listMembers(p.alice)).map((m) => m.userId)).not.toContain(userId);
  await expect(changeRole(p.alice, { userId, role: "viewer" })).rejects.toMatchObject({ code: "not_found" });
});

test("one of two owners who leave at once stays", async () => {
  const { userId } = await addMember(p.mallory, { email: "dan@example.org", role: "owner" }, signing);
  const left = await Promise.allSettled([
    removeMember(p.mallory, { userId }),
    removeMember(p.mallory, { userId: p.mallory.userId }),
  ]);
  expect(left.filter((l) => l.status === "fulfilled")).toHaveLength(1);
  expect(await listMembers(p.mallory)).toHaveLength(1);
});

test("people are found by a part of name or address, page by page, and no sign is a pattern", async () => {
  const start = await findMembers(p.alice, {});
  for (let i = 0; i < 55; i++)
    await addMember(p.alice, { email: `page_${String(i).padStart(2, "0")}@example.org`, role: "viewer" }, signing);
  const first = await findMembers(p.alice, { text: "PAGE_" });
  const rest = await findMembers(p.alice, { text: "PAGE_", skip: 50 });
  expect([first.total, first.members.length, rest.members.length]).toEqual([55, 50, 5]);
  expect(new Set([...first.members, ...rest.members].map((m) => m.userId)).size).toBe(55);
  expect((await findMembers(p.alice, {})).total).toBe(start.total + 55);
  for (const text of ["%age", "page%", "page\\_"]) expect((await findMembers(p.alice, { text })).total).toBe(0);
  expect((await findMembers(p.mallory, { text: "page" })).members).toEqual([]);
});
