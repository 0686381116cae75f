import type { ReactNode } from "react";

/** Title, one line under it and the page's actions. */
export function PageHeader({
  title,
  children,
  actions,
}: {
  title: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <header className="mb-4 flex flex-wrap items-start justify-between gap-x-6 gap-y-3 lg:flex-nowrap">
      <div className="min-w-0">
        <h1 className="break-words">{title}</h1>
        {children && <div className="mt-1 text-muted">{children}</div>}
      </div>
      {actions && <div className="flex flex-wrap gap-2 lg:shrink-0">{actions}</div>}
    </header>
  );
}

export function Panel({
  title,
  note,
  actions,
  children,
  className = "",
}: {
  title?: ReactNode;
  note?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  className?: string;
}) {
  return (
    <section className={`panel min-w-0 ${className}`}>
      {title && (
        <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 border-b border-line px-4 py-2.5">
          <h2>{title}</h2>
          {note && <p className="text-xs text-muted">{note}</p>}
          {actions}
        </div>
      )}
      <div className="p-4">{children}</div>
    </section>
  );
}

/** What the page is for and the one next action. */
export function Empty({ title, children, action }: { title: string; children: ReactNode; action?: ReactNode }) {
  return (
    <div className="panel px-6 py-10 text-center">
      <h2>{title}</h2>
      <div className="mx-auto mt-2 max-w-xl text-muted">{children}</div>
      {action && <div className="mt-4 flex justify-center">{action}</div>}
    </div>
  );
}

export function Code({ children }: { children: string }) {
  return <code className="rounded bg-sunken px-1.5 py-0.5 font-mono text-[12.5px] break-all">{children}</code>;
}

export function ErrorNote({ children }: { children: ReactNode }) {
  return (
    <p role="alert" className="rounded border border-failed px-3 py-2 text-failed">
      {children}
    </p>
  );
}

/** Keeps the layout while data are on the way. */
export function Skeleton({ height = 240 }: { height?: number }) {
  return (
    <div className="w-full animate-pulse rounded bg-sunken" style={{ height }} role="status" aria-label="loading" />
  );
}

/** A region that scrolls by itself, which the keyboard must be able to reach. */
export function Scroll({
  label,
  className = "",
  children,
}: {
  label: string;
  className?: string;
  children: ReactNode;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it only a mouse could scroll the region
    <section aria-label={label} className={className} tabIndex={0}>
      {children}
    </section>
  );
}

/** Name above value, for a row of facts. */
export function Fact({ name, children, title }: { name: ReactNode; children: ReactNode; title?: string }) {
  return (
    <div title={title} className="min-w-0">
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="num wrap-anywhere">{children}</dd>
    </div>
  );
}
