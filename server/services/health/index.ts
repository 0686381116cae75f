import { connection } from "@/db/client";

/** Whether the database answers. */
export async function databaseAnswers(): Promise<boolean> {
  try {
    await connection().sql`select 1`;
    return true;
  } catch {
    return false;
  }
}
