import { expect, test } from "vitest";
import { childEnvironment } from "./environment";

test("what a child process needs is handed on, and nothing that is not named", () => {
  const needed = { PATH: "/bin", LC_ALL: "C", CUDA_VISIBLE_DEVICES: "1", OMP_NUM_THREADS: "2", ETALON_DEVICE: "cuda" };
  const secret = {
    ...{ AUTH_SECRET: "a", DATABASE_URL: "b", ETALON_KEY: "c", ETALON_API_KEY: "d", ETALON_API_KEY_FILE: "e" },
    ...{ PGPASSWORD: "f", AWS_SECRET_ACCESS_KEY: "g", WANDB_API_KEY: "h", MY_OWN: "i", SMTP_URL: "j" },
  };
  expect(childEnvironment({ ...needed, ...secret, NODE_ENV: "test" })).toEqual({ ...needed, NODE_ENV: "test" });
});
