import { type Grammar, NUMBER } from "../grammar";

/** A bar that says values behind its rate: Lightning's, and any of tqdm. Steps begin anew with each epoch. */
export const progressBar: Grammar = {
  name: "progress-bar",
  title: "progress bars with a loss (tqdm, Lightning console)",
  unverified: true,
  sign: new RegExp(`\\d+%\\|[^|]*\\| \\d+/\\d+ \\[.*loss[\\w/]*=(?:${NUMBER})`, "i"),
  rows: [
    {
      has: "%|",
      line: /^\s*(?:Epoch:?\s+(?<epoch>\d+)(?:\/\d+)?)?[^|]*?\d+%\|[^|]*\| (?<step>\d+)\/\d+ \[(?<rest>.*loss.*)\]/i,
      pairs: new RegExp(`([A-Za-z_][\\w./-]*)=(${NUMBER})(?=[,\\s\\]]|$)`, "g"),
      counters: { v_num: "skip" },
    },
  ],
  noise: /%\|/,
};
