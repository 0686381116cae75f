// `npm run bench:chart [-- --json]`: curves on the runs page in headless Chromium, on the real server.
import chromium from "@sparticuz/chromium";
import { chromium as driver } from "playwright-core";
import postgres from "postgres";
import { binaryBody, call, post, startProduct } from "./product.mjs";
import { print, result, say } from "./report.mjs";

const POINTS = 2_000;
const VISITS = 5;
const ZOOMS = 4;
const HOVERS = 30;
const ms = { unit: "ms", better: "lower" };

const server = await startProduct();
const sql = postgres(server.databaseUrl, { max: 1, onnotice: () => {} });
try {
  const [team] = await sql`select id from teams limit 1`;
  for (const runs of [1_000, 200]) {
    say(`${runs} runs x ${POINTS} points`);
    const slug = `runs-${runs}`;
    await sql`insert into projects (team_id, slug, name) values (${team.id}, ${slug}, ${slug})`;
    for (let i = 0; i < runs; i++) await fill(slug, i);
  }
  for (;;) {
    const [{ n }] = await sql`select count(*)::int as n from metric_segments`;
    if (n === 0) break;
    await new Promise((done) => setTimeout(done, 200));
  }
  const thousand = await measure("runs-1000", 1_000);
  const two = await measure("runs-200", 200);
  print([
    result("chart.1000x500.first_ms", thousand.first, ms),
    result("chart.1000x500.zoom_ms", thousand.zoom, ms),
    result("chart.1000x500.zoom_full_ms", thousand.full, ms),
    result("chart.1000x500.hover_ms", thousand.hover, ms),
    result("chart.200x1000.first_ms", two.first, ms),
    result("chart.200x1000.zoom_ms", two.zoom, ms),
    result("chart.200x1000.zoom_full_ms", two.full, ms),
    result("chart.200x1000.hover_ms", two.hover, ms),
  ]);
} finally {
  await sql.end();
  await server.stop();
}

/** A made-up loss curve with noise, one spike in ten runs, and a rate of its own. */
async function fill(project, i) {
  const rate = 0.001 * 2 ** (i % 8);
  const body = { project, name: `run ${i}`, config: { i }, dimensions: { peakLr: rate } };
  const { id } = await call(server, "POST", "/runs", body);
  const steps = Array.from({ length: POINTS }, (_, s) => s);
  const values = steps.map((s) => 2 + 4 / Math.sqrt(1 + s / 20) + (i % 50) / 50 + 0.1 * Math.sin(s * (1.7 + i)));
  if (i % 10 === 0) values[(i * 7) % POINTS] += 3;
  const data = { seq: 0, metrics: ["train/loss"], steps, values: [values] };
  const tokens = steps.map((s) => 512 * (s + 1));
  const times = steps.map((s) => 1.7e12 + 100 * s);
  const url = `${server.url}/api/v1/runs/${id}/metrics`;
  await post(null, url, server.key, "application/vnd.etalon.metrics", binaryBody({ ...data, tokens, times }));
}

/**
 * Milliseconds of: the first painting after the data came (`first`), the painting of what is at hand after a zoom
 * (`zoom`) and of the range read anew (`full`), and of the line under the pointer (`hover`). A painting counts once its
 * pixels can be read back, so that work which the browser puts off is in it.
 */
async function measure(project, runs) {
  const browser = await driver.launch({
    executablePath: process.env.CHROMIUM ?? (await chromium.executablePath()),
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
  const times = { first: [], zoom: [], full: [], hover: [] };
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(server.signInLink());
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL((u) => u.pathname.split("/").length === 2 && u.pathname !== "/");
    const address = `${page.url()}/${project}/runs?curves=1000`;
    await page.addInitScript(watch);
    for (let visit = 0; visit <= VISITS; visit++) {
      await page.goto(address);
      await page.waitForFunction((n) => window.painted.some((p) => p.lines === n), runs);
      const first = await page.evaluate(
        (n) => window.painted.find((p) => p.lines === n).at - window.arrived.at(-1),
        runs,
      );
      if (visit === 0) continue; // the first visit warms the server up
      times.first.push(first);
      if (visit > ZOOMS) continue;
      const plot = await page.locator("figure [role=application]").first().boundingBox();
      const middle = plot.y + plot.height / 2;
      for (let i = 0; visit === 1 && i < HOVERS; i++) {
        await page.mouse.move(plot.x + 200 + 20 * i, middle - 20 + 3 * i);
        await page.waitForTimeout(60);
      }
      times.hover.push(...(await page.evaluate(() => window.hovers.splice(0))));
      await page.mouse.move(plot.x + 0.4 * plot.width, middle);
      await page.mouse.down();
      await page.mouse.move(plot.x + 0.5 * plot.width, middle);
      await page.mouse.move(plot.x + 0.6 * plot.width, middle);
      const seen = await page.evaluate(() => window.arrived.length);
      await page.mouse.up();
      const [zoom, full] = await page.evaluate(async (before) => {
        const begun = window.released;
        const painted = (from) => window.painted.find((p) => p.begun > from)?.at;
        const until = async (value) => {
          while (value() === undefined) await new Promise((done) => setTimeout(done, 10));
          return value();
        };
        const quick = (await until(() => painted(begun))) - begun;
        const came = await until(() => window.arrived[before]);
        return [quick, (await until(() => painted(came))) - begun];
      }, seen);
      times.zoom.push(zoom);
      times.full.push(full);
    }
  } finally {
    await browser.close();
  }
  return times;
}

/** Runs in the page: notes when data came, when lines stood on the canvas, when the pointer moved or let go. */
function watch() {
  Object.assign(window, { painted: [], arrived: [], hovers: [], released: 0 });
  const mark = performance.mark.bind(performance);
  const readBack = () => {
    for (const canvas of document.querySelectorAll("canvas")) canvas.getContext("2d").getImageData(0, 0, 1, 1);
  };
  performance.mark = (name, options) => {
    if (name === "etalon:buckets-arrived") window.arrived.push(performance.now());
    if (name === "etalon:lines-drawn") {
      const begun = performance.now();
      readBack();
      window.painted.push({ lines: options.detail.lines, begun, at: performance.now() });
    }
    return mark(name, options);
  };
  window.addEventListener("mouseup", () => (window.released = performance.now()), true);
  window.addEventListener(
    "mousemove",
    (event) => {
      if (event.buttons !== 0 || !(event.target instanceof HTMLCanvasElement)) return;
      const begun = performance.now();
      requestAnimationFrame(() =>
        setTimeout(() => {
          readBack();
          window.hovers.push(performance.now() - begun);
        }),
      );
    },
    true,
  );
}
