import * as format from "@/lib/format";
import type { Found } from "./messages";

const SHOWN = 50;

/** What is wrong, by file and line, what is not taken, and which lines were not understood. */
export function LeftOut({ found: { problems, files } }: { found: Found }) {
  const unread = files.filter((f) => f.format === null);
  const strange = files.filter((f) => f.strange > 0);
  return (
    <>
      {problems.length > 0 && (
        <List open title={format.counted(problems.length, "problem")}>
          {problems.map(({ path, line, message }) => `${path}${line === null ? "" : `, line ${line}`}: ${message}`)}
        </List>
      )}
      {strange.length > 0 && (
        <List title={`Lines of ${format.counted(strange.length, "file")} that are neither values, settings nor noise`}>
          {strange.map((f) => `${f.path}: ${f.strange} of ${format.counted(f.lines, "line")}, kept in the run's log`)}
        </List>
      )}
      {unread.length > 0 && (
        <List title={`${format.counted(unread.length, "file")} not taken`}>{unread.map((f) => f.path)}</List>
      )}
    </>
  );
}

function List({ title, children, open = false }: { title: string; children: string[]; open?: boolean }) {
  return (
    <details open={open}>
      <summary className="cursor-pointer">{title}</summary>
      <ul className="mt-2 max-h-40 overflow-auto font-mono text-xs">
        {children.slice(0, SHOWN).map((text, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list is read once and never changes
          <li key={i}>{text}</li>
        ))}
        {children.length > SHOWN && <li>and {children.length - SHOWN} more</li>}
      </ul>
    </details>
  );
}
