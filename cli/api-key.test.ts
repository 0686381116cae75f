import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { apiKey } from "./api-key";

test("the key comes from ETALON_API_KEY, then from the file, then from its old name; white space around it is dropped", async () => {
  const folder = await mkdtemp(join(tmpdir(), "etalon-key-"));
  const file = join(folder, "key");
  await writeFile(file, "etl_file\r\n");
  expect(await apiKey({ NODE_ENV: "test", ETALON_API_KEY: " etl_a\n", ETALON_API_KEY_FILE: file })).toBe("etl_a");
  expect(await apiKey({ NODE_ENV: "test", ETALON_API_KEY: "", ETALON_API_KEY_FILE: file, ETALON_KEY: "x" })).toBe(
    "etl_file",
  );
  expect(await apiKey({ NODE_ENV: "test", ETALON_KEY: "etl_old\n" })).toBe("etl_old");
  expect(await apiKey({ NODE_ENV: "test" })).toBeUndefined();
  await expect(apiKey({ NODE_ENV: "test", ETALON_API_KEY_FILE: join(folder, "none") })).rejects.toThrow(
    "ETALON_API_KEY_FILE",
  );
  await rm(folder, { recursive: true });
});
