import { Scroll } from "@/app/_components/page";
import * as format from "@/lib/format";
import { anyParams, type RunPoint } from "@/lib/run";

/** The first runs as the science will read them. */
export function PointsPreview({ points, lines }: { points: readonly RunPoint[]; lines: readonly number[] }) {
  return (
    <Scroll label="Preview of the runs" className="overflow-x-auto">
      <table className="table">
        <thead>
          <tr>
            {["Line", "Peak LR", "Batch", "Tokens", "Params", "Architecture", "Seed", "Loss"].map((name) => (
              <th key={name} scope="col" className={name === "Architecture" ? "" : "right"}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.map((p, i) => (
            <tr key={lines[i]}>
              <td className="right">{lines[i]}</td>
              <td className="right" title={String(p.peakLr)}>
                {format.learningRate(p.peakLr)}
              </td>
              <td className="right">{format.batch(p.batchSeqs, p.seqLen)}</td>
              <td className="right">{format.tokenCount(p.tokens)}</td>
              <td className="right">{format.paramCount(anyParams(p))}</td>
              <td>{p.architecture}</td>
              <td className="right">{p.seed ?? "-"}</td>
              <td className="right">{p.state === "diverged" ? "diverged" : format.loss(p.finalLoss)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
