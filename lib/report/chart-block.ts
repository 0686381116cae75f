import { z } from "zod";
import { fitSettingsSchema } from "../fit";

export const reportCharts = ["law", "curves", "map", "residuals", "coefficients"] as const;

/** What a ```etalon block says: a saved fit (frozen) or settings (live), and which of its charts. */
export const chartBlockSchema = z.union([
  z.strictObject({ fit: z.uuid(), chart: z.enum(reportCharts).default("law") }),
  z.strictObject({ live: fitSettingsSchema, chart: z.enum(reportCharts).default("law") }),
]);

export type ChartBlock = z.infer<typeof chartBlockSchema>;

export function chartBlock(block: z.input<typeof chartBlockSchema>): string {
  return `\`\`\`etalon\n${JSON.stringify(block)}\n\`\`\`\n`;
}

/** The block's content, or what is wrong with it. */
export function parseChartBlock(text: string): ChartBlock | string {
  try {
    const parsed = chartBlockSchema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    return `this chart cannot be read: ${parsed.error.issues[0]?.message}`;
  } catch (e) {
    return `this chart cannot be read: ${(e as Error).message}`;
  }
}

const BLOCKS = /^```etalon[^\n]*\n(.*?)^```/gms;

/** The text for who may not see runs: charts of runs as they are now stand in it without their settings. */
export function withoutLiveSettings(text: string): string {
  return text.replaceAll(BLOCKS, (written, inner: string) => {
    const block = parseChartBlock(inner);
    const isLive = typeof block !== "string" && "live" in block;
    return isLive ? chartBlock({ live: {}, chart: block.chart }).trimEnd() : written;
  });
}

/** Ids of the saved fits whose charts a report's text shows. */
export function fitsOf(text: string): string[] {
  const blocks = [...text.matchAll(BLOCKS)].map((m) => parseChartBlock(m[1]!));
  return [...new Set(blocks.flatMap((b) => (typeof b !== "string" && "fit" in b ? [b.fit] : [])))];
}
