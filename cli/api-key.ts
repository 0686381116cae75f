import { readFile } from "node:fs/promises";

/**
 * The API key of a command, without white space around it: ETALON_API_KEY, else the content of the file that
 * ETALON_API_KEY_FILE names, else ETALON_KEY, its name in earlier versions. Undefined where none is set.
 */
export async function apiKey(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const { ETALON_API_KEY, ETALON_API_KEY_FILE, ETALON_KEY } = env;
  if (ETALON_API_KEY?.trim()) return ETALON_API_KEY.trim();
  if (ETALON_API_KEY_FILE) {
    const text = await readFile(ETALON_API_KEY_FILE, "utf8").catch((e: Error) => {
      throw new Error(`ETALON_API_KEY_FILE: ${e.message}`);
    });
    if (text.trim()) return text.trim();
    throw new Error(`ETALON_API_KEY_FILE: ${ETALON_API_KEY_FILE} is empty`);
  }
  return ETALON_KEY?.trim() || undefined;
}
