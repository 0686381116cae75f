import { Term } from "@/app/_components/term";
import * as format from "@/lib/format";
import { type FormAdvice, spreadOf } from "@/lib/recommend";
import { FORM_NAMES } from "./form-names";
import { Panel, Scroll } from "./page";

/** What every form, fitted to the same runs, says about the target: where they agree, the form does not matter. */
export function FormsTable({ advice, chosen }: { advice: readonly FormAdvice[]; chosen: string }) {
  const spread = spreadOf(advice);
  return (
    <Panel
      title="Other forms on the same runs"
      note={spread === null ? undefined : `they differ by a factor ${format.significant(spread, 3)}`}
    >
      <Scroll className="overflow-x-auto" label="Advice of the forms">
        <table className="table [&_td]:px-1.5! [&_td:first-child]:whitespace-normal! [&_th]:px-1.5! [&_th]:whitespace-normal!">
          <thead>
            <tr>
              <th scope="col">
                <Term name="form">Form</Term>
              </th>
              <th scope="col" className="right">
                Peak LR
              </th>
              <th scope="col" className="right">
                95% of the law
              </th>
              <th scope="col" className="right">
                Scatter (<Term name="octave">octaves</Term>)
              </th>
            </tr>
          </thead>
          <tbody>
            {advice.map((r) => (
              <tr key={r.form}>
                <td className={r.form === chosen ? "font-semibold" : ""}>{FORM_NAMES[r.form]}</td>
                {r.interval ? (
                  <>
                    <td className="right">{format.learningRate(r.peakLr)}</td>
                    <td className="right">
                      {format.learningRate(r.interval.low)} to {format.learningRate(r.interval.high)}
                    </td>
                  </>
                ) : (
                  <td className="whitespace-normal! text-muted" colSpan={2}>
                    {r.reason ?? "-"}
                  </td>
                )}
                <td className="right">{format.significant(r.scatter, 2)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Panel>
  );
}
