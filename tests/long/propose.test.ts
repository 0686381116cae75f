import { expect, it } from "vitest";
import { afterBoth } from "../../lib/propose/against-grid";

it("for the same tokens proposed runs leave at most 0.7 of the regret that the next grid leaves", () => {
  const { grid, proposed, said } = afterBoth(200);
  console.log({ grid, proposed, ratio: proposed / grid, said: said / proposed });
  expect(proposed / grid).toBeLessThan(0.7);
  expect(said / proposed).toBeGreaterThan(0.7);
  expect(said / proposed).toBeLessThan(1.4);
});
