import { backupCommand, restoreCommand } from "./backup";
import { compareLawsCommand } from "./compare-laws";
import { doctorCommand } from "./doctor";
import { exportCommand } from "./export";
import { fitCommand } from "./fit";
import { fitScheduleCommand } from "./fit-schedule";
import { importCommand } from "./import";
import { jobCommand } from "./job";
import { keyCommand } from "./key";
import { memberCommand } from "./member";
import { planCommand } from "./plan";
import { proposeCommand } from "./propose";
import { publishedLawsCommand } from "./published-laws";
import { signInLinkCommand } from "./sign-in-link";
import { startCommand } from "./start";
import { teamCommand } from "./team";
import { transferCommand } from "./transfer";
import type { LoadNext } from "./web";
import { workerCommand } from "./worker";

const HELP = `etalon: find the learning rate for the next large training run

  etalon start [--no-worker] [--no-quickstart] [--no-link | --link]     run the server (npm start); print no link to sign in, or always
  etalon sign-in-link [EMAIL]                      print a new one-time sign-in link: the owner's, or of any person
  etalon key create --scopes read,write,work [--name NAME] [--expires 90d|2027-01-31] [--projects SLUG,SLUG]
                    [--requests-per-minute N] [--json]
  etalon key list | etalon key rotate ID [--grace 24h|1h|0h] | etalon key limit ID N | etalon key revoke ID
  etalon member add EMAIL --role owner|editor|viewer | list | role EMAIL --role ROLE | link EMAIL | address EMAIL NEW | remove EMAIL
                | unlink EMAIL                     from her accounts of single sign-on
  etalon team list | etalon team sso off ADDRESS   the server's teams; opens one that asks for single sign-on to other sessions again
  etalon job list | etalon job retry ID            failed and canceled jobs; back into the queue
  etalon worker --server URL [--slots N] [--name NAME]   the key in ETALON_API_KEY or ETALON_API_KEY_FILE
  etalon backup FOLDER | etalon restore FOLDER     everything, also from a running server; into an empty data directory
  etalon doctor --store                            find and repair doubled points and wrong summaries; name damaged chunks
  etalon export runs --project SLUG --format csv|jsonl
  etalon import PATH... --project SLUG [--map lr=...,batchSeqs=...] [--watch] [--dry-run] [--json] [--server URL] [--key-file FILE]
                      runs with their curves from logs and folders of other programs; again adds what is new;
                      --watch goes on with files that grow until it is stopped
  etalon import table FILE --project SLUG [--map lr=lr,batchSeqs=bs,tokens=D,...] [--arch NAME] [--skip-bad-rows] [--json]
                      CSV, TSV, JSONL or Parquet, one row per finished run; importing again updates
  etalon fit (--project SLUG | --csv FILE --map lr=lr,batchSeqs=bs,tokens=D,loss="smooth loss",seqLen=2048)
             [--form power|power-free|step-law|compute|horizon|timescale|chinchilla ...] [--estimator surface|ew|parabola|argmin|near-optimal]
             [--curvature common|by-size] [--top-batches 3|all] [--weights none|se] [--robust none|huber] [--bootstrap N] [--seed N]
             [--loss held-out|tail] [--seeds average|separate] [--params nonEmbedding|total|active] [--where FILTER] [--json]
  etalon compare-laws (--project SLUG | --csv FILE --map ...) [--by params|architecture|...] [--where FILTER] [--json]
                      all forms on the same optima; whether the values of a dimension lie on one law
  etalon propose (--project SLUG | --csv FILE --map ...) --target tokens=T,batchSeqs=B[,params=N] --budget-tokens X
                 [--form power-free|power-free-size ...] [--where FILTER] [--json]
                      the next runs by what they are worth for the target
  etalon published-laws [--target tokens=T,params=N,batchSeqs=B,seqLen=L] [--project SLUG | --csv FILE --map ...] [--json]
                      laws that others have published: at a target, and what each would have cost on your runs
  etalon plan --target tokens=T,batchSeqs=B[,params=N] --budget-tokens X [--json]
                      the axes of a first sweep, and how sure the target's rate will be, by simulation
  etalon fit-schedule --fit A.csv,B.csv,... [--test C.csv,...] --warmup-steps N [--target ...] [--json]
             the loss over learning-rate schedules (multi-power law); files with columns step, lr, loss
  etalon transfer (--project SLUG | --csv FILE --map ...) --fit-on "width=32" --test-on "width=64" [--form ...] [--json]

Settings (environment): HOST, PORT, ETALON_DATA_DIR, ETALON_PUBLIC_URL, AUTH_SECRET, DATABASE_URL,
  DATABASE_DIRECT_URL, SMTP_URL, MAIL_FROM, ETALON_BEHIND_PROXY; to sign in by: OIDC_ISSUER, OIDC_CLIENT_ID,
  OIDC_CLIENT_SECRET, OIDC_NAME, OIDC_SCOPE, OIDC_ROLES, GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET, GOOGLE_CLIENT_ID,
  GOOGLE_CLIENT_SECRET, SIGN_IN_DOMAINS
`;

type Command = (args: string[], means: { loadNext: LoadNext }) => Promise<number>;

const COMMANDS: Record<string, Command> = {
  start: startCommand,
  "sign-in-link": signInLinkCommand,
  job: jobCommand,
  key: keyCommand,
  member: memberCommand,
  team: teamCommand,
  worker: workerCommand,
  doctor: doctorCommand,
  "compare-laws": compareLawsCommand,
  propose: proposeCommand,
  "published-laws": publishedLawsCommand,
  plan: planCommand,
  export: exportCommand,
  backup: backupCommand,
  restore: restoreCommand,
  import: importCommand,
  fit: fitCommand,
  "fit-schedule": fitScheduleCommand,
  transfer: transferCommand,
};

/** Runs one command; resolves to the exit code. Every failure is one line on stderr. */
export async function main(args: string[], means: { loadNext: LoadNext }): Promise<number> {
  const [name, ...rest] = args;
  if (!name || name === "help" || args.some((a) => a === "--help" || a === "-h")) {
    process.stdout.write(HELP);
    return name ? 0 : 2;
  }
  const command = COMMANDS[name];
  if (!command) {
    process.stderr.write(`etalon: unknown command "${name}"; see: etalon help\n`);
    return 2;
  }
  try {
    return await command(rest, means);
  } catch (e) {
    process.stderr.write(`etalon: ${e instanceof Error ? e.message : String(e)}\n`);
    return 1;
  }
}
