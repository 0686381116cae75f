"use client";

import { type ComponentProps, memo } from "react";
import Markdown from "react-markdown";
import remarkGfm from "remark-gfm";
import { ErrorNote } from "@/app/_components/page";
import { type ChartBlock, parseChartBlock } from "@/lib/report";
import { FrozenChart, LiveChart, SavedChart, type SavedFit } from "./report-chart";

const PLUGINS = [remarkGfm];

/** Where charts come from: the team's own fits and runs, or the saved fits that came with a shared report. */
type Charts = { team: string; project: string } | { saved: readonly SavedFit[] };

/**
 * The text of a report. react-markdown builds elements and never HTML from text: tags in it are shown as written, and
 * links of other kinds than http, mail and the like lose their address.
 */
export const ReportBody = memo(function ReportBody({ charts, text }: { charts: Charts; text: string }) {
  const code = ({ className, children, ...rest }: ComponentProps<"code">) => {
    if (className !== "language-etalon") {
      return (
        <code className={className} {...rest}>
          {children}
        </code>
      );
    }
    const block = parseChartBlock(String(children));
    if (typeof block === "string") return <ErrorNote>{block}</ErrorNote>;
    return "saved" in charts ? <Shared block={block} saved={charts.saved} /> : <Own block={block} {...charts} />;
  };
  if (text.trim() === "") return <p className="text-muted">Nothing written yet.</p>;
  return (
    <Markdown remarkPlugins={PLUGINS} components={{ code, pre: Block }}>
      {text}
    </Markdown>
  );
});

/** A chart stands by itself; other code keeps its box. */
function Block({ children }: ComponentProps<"pre">) {
  const inner = children as { props?: { className?: string } } | undefined;
  if (inner?.props?.className === "language-etalon") return <div className="my-4">{children}</div>;
  return <pre className="my-3 overflow-x-auto rounded bg-sunken p-3 font-mono text-xs">{children}</pre>;
}

function Own({ block, team, project }: { block: ChartBlock; team: string; project: string }) {
  return "fit" in block ? (
    <FrozenChart team={team} fit={block.fit} chart={block.chart} />
  ) : (
    <LiveChart team={team} project={project} settings={block.live} chart={block.chart} />
  );
}

function Shared({ block, saved }: { block: ChartBlock; saved: readonly SavedFit[] }) {
  if (!("fit" in block))
    return <p className="text-muted">A chart of the runs as they are now stands here; it is the team&apos;s alone.</p>;
  const fit = saved.find(({ id }) => id === block.fit);
  return fit ? <SavedChart fit={fit} chart={block.chart} /> : <ErrorNote>the fit of this chart is gone</ErrorNote>;
}
