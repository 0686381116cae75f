import type { Metadata } from "next";
import Link from "next/link";
import Markdown from "react-markdown";
import { PageHeader } from "@/app/_components/page";
import { namesOf, placeOf, TERMS } from "./terms";

export const metadata: Metadata = { title: "Glossary" };

export default function Glossary() {
  return (
    <main className="mx-auto w-full max-w-[860px] p-4 md:p-8">
      <PageHeader title="Glossary">
        One name everywhere.{" "}
        <Link className="link" href="/">
          To your team’s projects
        </Link>
      </PageHeader>
      <dl className="panel divide-y divide-line">
        {TERMS.map(([term, meaning]) => (
          <div key={term} className="grid gap-x-4 px-4 py-2.5 sm:grid-cols-[220px_1fr]">
            <dt className="font-semibold">
              {namesOf(term).map((name, i) => (
                <span key={name} id={placeOf(name)} className="scroll-mt-4">
                  {i > 0 && ", "}
                  {name}
                </span>
              ))}
            </dt>
            <dd>
              <Markdown>{meaning}</Markdown>
            </dd>
          </div>
        ))}
      </dl>
    </main>
  );
}
