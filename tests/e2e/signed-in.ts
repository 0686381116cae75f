import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { complaints, openBrowser, signInWith } from "./browser";
import { type Etalon, killAll, remove, start, temporaryFolder } from "./etalon";

/** A server without worker or quickstart on data of its own, and its owner's page; all of it is filled in by hooks. */
export interface SignedIn {
  folder: string;
  dataDir: string;
  etalon: Etalon;
  browser: Browser;
  context: BrowserContext;
  page: Page;
  /** What the console and the pages complained about. */
  errors: string[];
}

/** Registers the hooks of a test file; `before` fills the product before the page is opened; `env` is asked at the start. */
export function signedIn(
  name: string,
  before: (s: SignedIn) => Promise<void>,
  env: () => Promise<Record<string, string>> = async () => ({}),
): SignedIn {
  const s = {} as SignedIn;
  beforeAll(async () => {
    s.folder = await temporaryFolder(`etalon ${name} `);
    s.dataDir = `${s.folder}/data`;
    s.browser = await openBrowser();
    s.context = await s.browser.newContext({ viewport: { width: 1440, height: 900 } });
    s.context.setDefaultTimeout(30_000);
    s.errors = complaints(s.context);
    s.etalon = await start({ dataDir: s.dataDir, flags: ["--no-quickstart", "--no-worker"], env: await env() });
    await before(s);
    s.page = await s.context.newPage();
    await signInWith(s.page, s.etalon.signIn);
    await s.page.waitForURL(`${s.etalon.url}/team`);
  });
  afterAll(async () => {
    await s.browser?.close();
    await s.etalon?.stop();
    if (s.folder) {
      await killAll(s.dataDir);
      await remove(s.folder);
    }
  });
  return s;
}
