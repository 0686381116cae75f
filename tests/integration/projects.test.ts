import { expect, test } from "vitest";
import { createProject } from "@/server/services/project";
import { product } from "./product";

const p = product();

test.each(["workers", "settings", "recommendations"])(
  "a project cannot be called %s, which is a page",
  async (slug) => {
    await expect(createProject(p.alice, { name: slug })).rejects.toMatchObject({ code: "invalid" });
  },
);

test("a taken name is a conflict, a name of signs gets a made-up address", async () => {
  await createProject(p.alice, { name: "Twice" });
  await expect(createProject(p.alice, { name: "twice!" })).rejects.toMatchObject({ code: "conflict" });
  expect((await createProject(p.alice, { name: "???" })).slug).toMatch(/^project-/);
});
