import { defineConfig } from "vitest/config";

const alias = { "@": import.meta.dirname };

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: "unit",
          testTimeout: 30_000, // no test needs 2 s on a quiet machine
          isolate: false, // loading the same modules for each of 170 files took as long as the tests
          include: [
            "lib/**/*.test.ts",
            "app/**/*.test.ts",
            "server/**/*.test.ts",
            "workers/agent/**/*.test.ts",
            "cli/**/*.test.ts",
            "db/**/*.test.ts",
            "tests/*.test.ts",
            "scripts/**/*.test.mjs",
          ],
        },
      },
      {
        resolve: { alias },
        test: { name: "slow", include: ["tests/slow/**/*.test.ts"], testTimeout: 300_000 },
      },
      {
        resolve: { alias },
        test: {
          name: "integration",
          include: ["tests/integration/**/*.test.ts"],
          globalSetup: ["tests/postgres.ts"],
          server: { deps: { inline: ["next-auth"] } }, // it imports next without file extensions, which Node refuses
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: "e2e",
          include: ["tests/e2e/**/*.test.ts"],
          globalSetup: ["tests/e2e/built.ts"],
          maxWorkers: 2, // each file has servers of its own, which mostly wait
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: "long",
          include: ["tests/long/**/*.test.ts"],
          globalSetup: ["tests/postgres.ts"],
          server: { deps: { inline: ["next-auth"] } },
          maxWorkers: 2,
          testTimeout: 1_200_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
