import type { ChartTheme } from "./theme";

/** Colours for tests, where there is no page to read them from. */
export const theme: ChartTheme = {
  dark: false,
  text: "#111111",
  muted: "#666666",
  line: "#dddddd",
  surface: "#ffffff",
  accent: "#0055aa",
  diverged: "#b45f06",
  failed: "#aa0000",
  finished: "#007700",
};
