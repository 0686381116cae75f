import { existsSync } from "node:fs";
import chromium from "@sparticuz/chromium";
import { type Browser, type BrowserContext, chromium as driver, type Page } from "playwright-core";

/** The Chromium of the npm package, or the one that CHROMIUM names. */
export async function openBrowser(): Promise<Browser> {
  const named = process.env.CHROMIUM;
  const executablePath = named && existsSync(named) ? named : await chromium.executablePath();
  return driver.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
}

/** What the console and the page itself complained about, with the address where. */
export function complaints(context: BrowserContext): string[] {
  const found: string[] = [];
  context.on("console", (m) => {
    if (m.type() === "error" || m.type() === "warning") found.push(`${m.page()?.url()}: ${m.text()}`);
  });
  context.on("weberror", (e) => found.push(`${e.page()?.url()}: ${e.error()}`));
  return found;
}

/** Share of the pixels of the page's charts that are drawn on, per canvas. */
export function drawnShares(page: Page): Promise<number[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll("canvas")].map((canvas) => {
      // Off a copy: the browser warns where the pixels of the chart's own canvas are read more than once.
      const copy = document.createElement("canvas");
      [copy.width, copy.height] = [canvas.width, canvas.height];
      const drawing = copy.getContext("2d", { willReadFrequently: true })!;
      drawing.drawImage(canvas, 0, 0);
      const { data } = drawing.getImageData(0, 0, canvas.width, canvas.height);
      let drawn = 0;
      for (let i = 3; i < data.length; i += 4) if (data[i] !== 0) drawn += 1;
      return drawn / (data.length / 4);
    }),
  );
}

/** Pixels by which the page is wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

/**
 * What of the page's text cannot be read whole: cut with dots and without a title, choices and hints wider than their
 * field.
 */
export function cutTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const pen = document.createElement("canvas").getContext("2d")!;
    const widthOf = (text: string, font: string) => {
      pen.font = font;
      return pen.measureText(text).width;
    };
    const ARROW = 16;
    const found = [...document.querySelectorAll<HTMLElement>("main *")].flatMap((e) => {
      const style = getComputedStyle(e);
      const room = e.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight);
      if (style.display === "none" || e.clientWidth <= 1 || e.closest("[title],.sr-only")) return [];
      if (e instanceof HTMLSelectElement) {
        const text = e.selectedOptions[0]?.text ?? "";
        return widthOf(text, style.font) + ARROW > room + 1 ? [`choice “${text}”`] : [];
      }
      if (e instanceof HTMLInputElement)
        return !e.value && widthOf(e.placeholder, style.font) > room + 1 ? [`hint “${e.placeholder}”`] : [];
      const isDotted = style.textOverflow === "ellipsis" && style.overflowX !== "visible";
      return isDotted && e.scrollWidth > e.clientWidth + 1 ? [`“${e.textContent}”`] : [];
    });
    return [...new Set(found)];
  });
}

/** Opens a sign-in link and presses its button. */
export async function signInWith(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByRole("button", { name: "Sign in" }).click();
}
