import type { Outputs } from "@/app/_trpc/outputs";

interface Chosen {
  actor?: string;
  action?: string;
  from?: string;
  until?: string;
}

/** What is shown, as a form of the page's own address. */
export function AuditFilter({
  chosen,
  choices,
  shown,
}: {
  chosen: Chosen;
  choices: Outputs["audit"]["choices"];
  /** Lines of the page, which know the name of who was chosen by one of them. */
  shown: Outputs["audit"]["list"]["lines"];
}) {
  const { actor } = chosen;
  const isOffered = actor === undefined || choices.actors.some((a) => a.actor === actor);
  const other = isOffered ? [] : [{ actor, name: shown.find((l) => l.actor === actor)?.actorName ?? actor }];
  const kinds = [...new Set(choices.actions.map((a) => `${a.split(".")[0]}.`))].filter(
    (kind) => choices.actions.filter((a) => a.startsWith(kind)).length > 1,
  );
  return (
    <form method="get" className="flex flex-wrap items-end gap-3" key={JSON.stringify(chosen)}>
      <label className="label">
        Who
        <select name="actor" defaultValue={chosen.actor ?? ""} className="field mt-0.5 block max-w-52">
          <option value="">anybody</option>
          {[...other, ...choices.actors].map(({ actor, name }) => (
            <option key={actor} value={actor}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label className="label">
        What
        <select name="action" defaultValue={chosen.action ?? ""} className="field mt-0.5 block max-w-60">
          <option value="">anything</option>
          {kinds.map((kind) => (
            <option key={kind} value={kind}>
              all of {kind.slice(0, -1)}
            </option>
          ))}
          {choices.actions.map((action) => (
            <option key={action} value={action}>
              {action}
            </option>
          ))}
        </select>
      </label>
      <label className="label">
        From (UTC)
        <input type="date" name="from" defaultValue={chosen.from} className="field mt-0.5 block" />
      </label>
      <label className="label">
        Until
        <input type="date" name="until" defaultValue={chosen.until} className="field mt-0.5 block" />
      </label>
      <button type="submit" className="button">
        Show
      </button>
    </form>
  );
}
