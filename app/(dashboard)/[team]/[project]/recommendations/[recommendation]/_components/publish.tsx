"use client";

import { useRef, useState } from "react";
import { TextArea } from "@/app/_components/fields";
import * as format from "@/lib/format";
import { FAR_LIMIT, farthest, type Recommendation } from "@/lib/recommend";

/** Publishes a draft; one far beyond its data only with a reason. */
export function Publish({
  result,
  pending,
  onPublish,
}: {
  result: Recommendation;
  pending: boolean;
  onPublish: (reason: string) => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState("");
  const far = farthest(result.distances);
  const factor = far?.factor ?? result.wsd?.extrapolation.largest ?? 1;
  const isFar = factor > FAR_LIMIT;
  return (
    <>
      <button
        type="button"
        className="button button-primary"
        disabled={pending}
        onClick={() => (isFar ? dialog.current?.showModal() : onPublish(""))}
      >
        Publish to the team
      </button>
      {isFar && (
        <dialog
          ref={dialog}
          aria-label="Publish far beyond the data"
          className="m-auto w-[min(92vw,480px)] rounded-lg border border-line bg-surface p-5 text-text backdrop:bg-black/40"
        >
          <form
            onSubmit={(e) => {
              e.preventDefault();
              dialog.current?.close();
              onPublish(reason.trim());
            }}
          >
            <h2>This target is {format.significant(factor)} times beyond the data</h2>
            <p className="mt-2 text-muted">
              No run is near it, so nothing measured tells how the law bends on the way. Whoever follows the advice
              reads your reason beside it.
            </p>
            <TextArea
              name="Why it is published all the same"
              className="mt-3"
              rows={3}
              required
              maxLength={1_000}
              value={reason}
              onChange={setReason}
            />
            <div className="mt-4 flex justify-end gap-2">
              <button type="button" className="button" onClick={() => dialog.current?.close()}>
                Keep it a draft
              </button>
              <button type="submit" className="button button-primary" disabled={reason.trim() === ""}>
                Publish
              </button>
            </div>
          </form>
        </dialog>
      )}
    </>
  );
}
