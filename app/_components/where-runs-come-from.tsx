import Link from "next/link";

/** What to do in a project without runs: queue a sweep, import a table, or send runs from a program. */
export function WhereRunsComeFrom({ base }: { base: string }) {
  return (
    <div className="flex flex-wrap justify-center gap-2">
      <Link className="button button-primary" href={`${base}/sweeps/new`}>
        New sweep
      </Link>
      <Link className="button" href={`${base}/imports`}>
        Import a results table
      </Link>
      <Link className="button" href="/api-reference">
        Send runs by the API
      </Link>
    </div>
  );
}
