import { useEffect, useState } from "react";

/** Colours that charts take from the page, read from the CSS variables at drawing time. */
export interface ChartTheme {
  dark: boolean;
  text: string;
  muted: string;
  line: string;
  surface: string;
  accent: string;
  diverged: string;
  failed: string;
  finished: string;
}

/** Twelve stops of cividis, the colour scale of ln LR on every page: readable for colour-blind people. */
const CIVIDIS = [
  "#00224e",
  "#123570",
  "#3b496c",
  "#575d6d",
  "#707173",
  "#8a8678",
  "#a59c74",
  "#c3b369",
  "#e1cc55",
  "#fee838",
];
/** Second sequential scale, for token counts. */
const TOKENS_LIGHT = ["#e08214", "#c2661a", "#a04b3a", "#7f3b6b", "#54278f", "#2d1160"];
const TOKENS_DARK = ["#fdb863", "#f39a62", "#e07f7a", "#c479a6", "#a98bd0", "#c6b8ee"];
/** Categories (sizes): Okabe and Ito. */
const CATEGORIES_LIGHT = ["#0072b2", "#d55e00", "#007a5a", "#a8578c", "#8a6d00", "#3f3f3f"];
const CATEGORIES_DARK = ["#56b4e9", "#e69f00", "#2cc295", "#cc79a7", "#f0e442", "#d0d0d0"];

/** Markers of batches, in this order, and how each is written in text. */
export const SHAPES = [
  "circle",
  "rect",
  "triangle",
  "diamond",
  "path://M0,0L10,0L5,9Z",
  "path://M5,0L6.2,3.5L10,3.6L7,5.9L8.1,9.5L5,7.4L1.9,9.5L3,5.9L0,3.6L3.8,3.5Z",
  "path://M3.5,0L6.5,0L6.5,3.5L10,3.5L10,6.5L6.5,6.5L6.5,10L3.5,10L3.5,6.5L0,6.5L0,3.5L3.5,3.5Z",
] as const;
export const SHAPE_SIGNS = ["●", "■", "▲", "◆", "▼", "★", "✚"] as const;

/** Colour of position `t` (0..1) on cividis; stays within what is visible on the theme's background. */
export function lrColour(t: number, theme: Pick<ChartTheme, "dark">): string {
  const [from, to] = theme.dark ? [0.25, 1] : [0, 0.85];
  return sample(CIVIDIS, from + (to - from) * clamp(t));
}

export function tokensColour(i: number, n: number, theme: Pick<ChartTheme, "dark">): string {
  return sample(theme.dark ? TOKENS_DARK : TOKENS_LIGHT, n > 1 ? i / (n - 1) : 0.5);
}

export function categoryColour(i: number, theme: Pick<ChartTheme, "dark">): string {
  const list = theme.dark ? CATEGORIES_DARK : CATEGORIES_LIGHT;
  return list[i % list.length]!;
}

export function readTheme(): ChartTheme {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    dark: document.documentElement.dataset.theme === "dark",
    text: read("text"),
    muted: read("muted"),
    line: read("line"),
    surface: read("surface"),
    accent: read("accent"),
    diverged: read("diverged"),
    failed: read("failed"),
    finished: read("finished"),
  };
}

/** The page's theme and its changes; null until the page is in the browser. */
export function useChartTheme(): ChartTheme | null {
  const [theme, setTheme] = useState<ChartTheme | null>(null);
  useEffect(() => {
    setTheme(readTheme());
    const observer = new MutationObserver(() => setTheme(readTheme()));
    observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => observer.disconnect();
  }, []);
  return theme;
}

const clamp = (t: number) => Math.min(1, Math.max(0, Number.isFinite(t) ? t : 0));

function sample(stops: string[], t: number): string {
  const at = clamp(t) * (stops.length - 1);
  const i = Math.min(Math.floor(at), stops.length - 2);
  const [p, q] = [rgb(stops[i]!), rgb(stops[i + 1]!)];
  const mix = p.map((v, k) => Math.round(v + (q[k]! - v) * (at - i)));
  return `rgb(${mix.join(",")})`;
}

const rgb = (hex: string) => [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16));
