import type { Metadata } from "next";
import { Code, PageHeader, Panel, Scroll } from "@/app/_components/page";
import { SendRuns } from "@/app/_components/send-runs";
import { LIMITS } from "@/lib/protocol";
import { currentTeams } from "@/server/auth";
import { openapiDocument } from "@/server/http/openapi";
import { type Field, fieldsOf } from "./fields";

export const metadata: Metadata = { title: "HTTP API" };

interface Operation {
  summary: string;
  description: string;
  parameters?: { in: string; name: string; description: string; required: boolean }[];
  requestBody?: { content: Record<string, { schema: Record<string, unknown> }> };
  responses: { 200: { description: string; content: Record<string, unknown> } };
}

const LIMIT_TEXT = new Intl.NumberFormat("en");

/** The OpenAPI document for people: every call, what it takes and what it answers. */
export default async function ApiReference() {
  // Whoever is signed in may have a key made and filled in; the page is for everybody, also while the database is away.
  const [team] = await currentTeams().catch(() => []);
  const { paths } = openapiDocument() as { paths: Record<string, Record<string, Operation>> };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  );
  return (
    <main className="mx-auto w-full max-w-[1000px] p-4 md:p-8">
      <PageHeader title="HTTP API">
        Every call wants a key: <Code>Authorization: Bearer etl_...</Code>, made in the team’s settings. The same for
        programs:{" "}
        <a className="link" href="/api/v1/openapi.json">
          openapi.json
        </a>
        .
      </PageHeader>
      <div className="grid gap-4 md:grid-cols-2">
        <Panel title="Limits">
          <dl className="grid grid-cols-[1fr_auto] gap-x-4 gap-y-1 text-[13px]">
            {Object.entries(LIMITS).map(([name, value]) => (
              <div key={name} className="contents">
                <dt className="font-mono text-xs text-muted">{name}</dt>
                <dd className="num text-right">{LIMIT_TEXT.format(value)}</dd>
              </div>
            ))}
          </dl>
        </Panel>
        <Panel title="Errors">
          <p className="text-[13px]">
            An error is <Code>{"{error: {code, message, issues: [{field, message}]}}"}</Code>. A batch is stored whole
            or not at all. 429 and 503 say in <Code>Retry-After</Code> when to come back; a batch that is sent again
            under the same writer and number is stored once.
          </p>
        </Panel>
      </div>
      <div className="mt-4">
        <SendRuns team={team?.slug} />
      </div>
      <nav aria-label="Calls" className="my-4 text-[13px]">
        <ul className="columns-1 gap-6 sm:columns-2">
          {operations.map(({ name }) => (
            <li key={name} className="break-inside-avoid">
              <a className="link font-mono text-xs break-all" href={`#${anchor(name)}`}>
                {name}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div className="space-y-4">
        {operations.map(({ name, operation }) => (
          <Call key={name} name={name} operation={operation} />
        ))}
      </div>
    </main>
  );
}

const anchor = (name: string) => name.toLowerCase().replace(/[^a-z0-9]+/g, "-");

function Call({ name, operation: o }: { name: string; operation: Operation }) {
  const answerType = Object.keys(o.responses[200].content)[0];
  return (
    <section id={anchor(name)} className="panel scroll-mt-4 p-4">
      <h2 className="font-mono text-[13px] break-all">{name}</h2>
      <p className="mt-1">{o.summary}.</p>
      <p className="text-xs text-muted">{o.description}</p>
      {o.parameters && (
        <Table
          label={`Parameters of ${name}`}
          fields={o.parameters.map((p) => ({
            name: p.name,
            type: p.in,
            required: p.required,
            text: p.description,
          }))}
        />
      )}
      {Object.entries(o.requestBody?.content ?? {}).map(([type, { schema }]) => (
        <div key={type}>
          <p className="mt-3 font-mono text-xs text-muted">{type}</p>
          {typeof schema.description === "string" && <p className="text-[13px]">{schema.description}</p>}
          <Table label={`Body of ${name} as ${type}`} fields={fieldsOf(schema)} />
        </div>
      ))}
      <p className="mt-3 text-[13px]">
        Answers <Code>{o.responses[200].description}</Code> <span className="text-xs text-muted">{answerType}</span>
      </p>
    </section>
  );
}

function Table({ label, fields }: { label: string; fields: Field[] }) {
  if (fields.length === 0) return null;
  return (
    <Scroll label={label} className="mt-2 max-h-96 overflow-auto">
      <table className="table">
        <thead className="sr-only">
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Type</th>
            <th scope="col">Meaning</th>
          </tr>
        </thead>
        <tbody>
          {fields.map((f) => (
            <tr key={f.name}>
              <td className="font-mono text-xs">
                {f.name}
                {f.required && (
                  <span className="text-diverged" title="required">
                    {" "}
                    *
                  </span>
                )}
              </td>
              <td className="text-xs text-muted">{f.type}</td>
              <td className="text-[13px] whitespace-normal">{f.text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
