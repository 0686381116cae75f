import Link from "next/link";
import type { ReactNode } from "react";
import { meaningOf, placeOf } from "../glossary/terms";

/** A word of the glossary: what it means on hover, the entry itself on a click. */
export function Term({ name, children }: { name: string; children?: ReactNode }) {
  return (
    <Link
      className="underline decoration-dotted decoration-1 underline-offset-3"
      href={`/glossary#${placeOf(name)}`}
      title={meaningOf(name)}
      prefetch={false}
    >
      {children ?? name}
    </Link>
  );
}
