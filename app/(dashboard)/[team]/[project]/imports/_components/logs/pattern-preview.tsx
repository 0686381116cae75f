"use client";

import { useEffect, useState } from "react";
import { Scroll } from "@/app/_components/page";
import * as format from "@/lib/format";
import { historiesWith, memoryFile, readHistories } from "@/lib/import";

interface Row {
  step: number;
  metric: string;
  value: number;
}

const SHOWN = 30;

/** What the lines give that were pasted; `lines` are those of the pattern. */
export function PatternPreview({ text, lines }: { text: string; lines: readonly string[] }) {
  const [rows, setRows] = useState<Row[] | string>([]);
  const key = lines.join("\n");
  useEffect(() => {
    let isCurrent = true;
    previewOf(text, key.split("\n"))
      .catch((e: Error) => e.message)
      .then((found) => isCurrent && setRows(found));
    return () => {
      isCurrent = false;
    };
  }, [text, key]);
  if (typeof rows === "string") return <p className="text-failed">{rows}</p>;
  if (rows.length === 0) return <p className="text-muted">No line that was pasted fits.</p>;
  return (
    <Scroll label="What the pattern reads" className="max-h-60 overflow-auto">
      <table className="table">
        <thead>
          <tr>
            <th scope="col" className="right">
              Step
            </th>
            <th scope="col">Metric</th>
            <th scope="col" className="right">
              Value
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, SHOWN).map(({ step, metric, value }, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the list is made anew with each change
            <tr key={i}>
              <td className="right num">{step}</td>
              <td>{metric}</td>
              <td className="right num">{format.significant(value, 8)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

async function previewOf(text: string, lines: string[]): Promise<Row[]> {
  if (lines.join("").trim() === "") return [];
  const [own] = historiesWith([{ name: "preview", lines }]);
  const rows: Row[] = [];
  await readHistories([memoryFile("pasted.log", new TextEncoder().encode(text))], [own!], {
    batch: async (_, { series }) => {
      for (const { metric, steps, values } of series)
        steps.forEach((step, i) => void rows.push({ step, metric, value: values[i]! }));
    },
    ended: async () => {},
  });
  return rows.sort((p, q) => p.step - q.step);
}
