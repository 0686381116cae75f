import { expect, it } from "vitest";
import { afterBoth } from "../../lib/propose/against-grid";

it("proposed runs leave less regret than the next grid for the same tokens, as much as was said", () => {
  const { grid, proposed, said } = afterBoth(20);
  expect(proposed / grid).toBeLessThan(0.7);
  expect(said / proposed).toBeGreaterThan(0.5);
  expect(said / proposed).toBeLessThan(2);
});
