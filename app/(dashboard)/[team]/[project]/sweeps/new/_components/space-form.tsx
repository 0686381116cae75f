"use client";

import { useId, useState } from "react";
import { NumberInput } from "@/app/_components/number-input";
import { Term } from "@/app/_components/term";
import * as format from "@/lib/format";
import { readNumber } from "@/lib/format";
import type { SearchSpace } from "@/lib/sweep";

const MODEL_FIELDS = [
  ["width", "width"],
  ["depth", "depth"],
  ["heads", "heads"],
  ["hidden", "MLP hidden"],
  ["seqLen", "context"],
  ["experts", "experts"],
  ["topK", "top-k"],
] as const;

/** Text fields for the axes; a field that does not parse keeps its text and says so. */
export function SpaceForm({
  space,
  problems,
  onChange,
}: {
  space: SearchSpace;
  /** What is wrong, by path: `models.0.width`. */
  problems: ReadonlyMap<string, string>;
  onChange: (s: SearchSpace) => void;
}) {
  const set = (part: Partial<SearchSpace>) => onChange({ ...space, ...part });
  const setSchedule = (part: Partial<SearchSpace["schedule"]>) => set({ schedule: { ...space.schedule, ...part } });
  return (
    <div className="space-y-5">
      <fieldset>
        <legend className="label">
          Models: <Term name="context">context</Term>, <Term name="experts">experts</Term> (0: dense) and{" "}
          <Term name="top-k">top-k</Term> too
        </legend>
        {space.models.map((m, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows are edited in place
          <div key={i} className="mb-2 flex flex-wrap items-start gap-2">
            {MODEL_FIELDS.map(([k, name]) => (
              <label key={k}>
                <span className="label">{name}</span>
                <NumberInput
                  aria-label={`Model ${i + 1} ${name}`}
                  className="field num w-20"
                  value={m[k]}
                  problem={problems.get(`models.${i}.${k}`)}
                  onChange={(value) =>
                    set({ models: space.models.map((x, j) => (j === i ? { ...x, [k]: value } : x)) })
                  }
                />
              </label>
            ))}
            {space.models.length > 1 && (
              <button
                type="button"
                className="link mt-6 text-xs"
                onClick={() => set({ models: space.models.filter((_, j) => j !== i) })}
              >
                remove
              </button>
            )}
          </div>
        ))}
        <button
          type="button"
          className="link text-xs"
          onClick={() => set({ models: [...space.models, space.models.at(-1)!] })}
        >
          add a model
        </button>
      </fieldset>
      <fieldset>
        <legend className="label">
          <Term name="batch">Batches</Term>, each with its <Term name="peak LR">learning rates</Term>
        </legend>
        {space.batches.map((b, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows are edited in place
          <div key={i} className="mb-2 flex flex-wrap items-start gap-2">
            <span>
              <NumberInput
                aria-label={`Batch ${i + 1} in sequences`}
                className="field num w-14"
                value={b.batchSeqs}
                problem={problems.get(`batches.${i}.batchSeqs`)}
                onChange={(value) =>
                  set({
                    batches: space.batches.map((x, j) => (j === i ? { ...x, batchSeqs: value } : x)),
                  })
                }
              />
            </span>
            <Numbers
              label={`Learning rates of batch ${b.batchSeqs}`}
              values={b.learningRates}
              problem={problems.get(`batches.${i}.learningRates`)}
              onChange={(learningRates) =>
                set({ batches: space.batches.map((x, j) => (j === i ? { ...x, learningRates } : x)) })
              }
            />
            {space.batches.length > 1 && (
              <button
                type="button"
                className="link mt-1.5 text-xs"
                onClick={() => set({ batches: space.batches.filter((_, j) => j !== i) })}
              >
                remove
              </button>
            )}
          </div>
        ))}
        <button
          type="button"
          className="link text-xs"
          onClick={() =>
            set({
              batches: [...space.batches, { ...space.batches.at(-1)!, batchSeqs: space.batches.at(-1)!.batchSeqs * 2 }],
            })
          }
        >
          add a batch
        </button>
      </fieldset>
      <div>
        <span className="label">
          <Term name="tokens T">Token counts</Term> (
          {space.tokens.map(format.apart(space.tokens, format.tokenCount)).join(", ")})
        </span>
        <Numbers
          label="Token counts"
          values={space.tokens}
          problem={problems.get("tokens")}
          onChange={(tokens) => set({ tokens })}
        />
      </div>
      <div className="flex flex-wrap gap-4">
        <label>
          <span className="label">
            <Term name="schedule">Schedule</Term>
          </span>
          <select
            className="field"
            value={space.schedule.kind}
            onChange={(e) => setSchedule({ kind: e.target.value as SearchSpace["schedule"]["kind"] })}
          >
            {["wsd", "power", "constant", "cosine", "linear"].map((k) => (
              <option key={k}>{k}</option>
            ))}
          </select>
        </label>
        <label>
          <span className="label">
            <Term name="warmup">Warmup</Term> tokens
          </span>
          <NumberInput
            className="field num w-28"
            value={space.schedule.warmupTokens}
            problem={problems.get("schedule.warmupTokens")}
            onChange={(value) => setSchedule({ warmupTokens: value })}
          />
        </label>
        <label>
          <span className="label">
            <Term name="decay">Decay</Term> fraction
          </span>
          <NumberInput
            className="field num w-24"
            value={space.schedule.decayFraction}
            problem={problems.get("schedule.decayFraction")}
            onChange={(value) => setSchedule({ decayFraction: value })}
          />
        </label>
        <label>
          <span className="label">Decay shape</span>
          <select
            className="field"
            value={space.schedule.decayShape}
            onChange={(e) => setSchedule({ decayShape: e.target.value as SearchSpace["schedule"]["decayShape"] })}
          >
            {["exp", "linear", "1-sqrt", "cosine"].map((k) => (
              <option key={k}>{k}</option>
            ))}
          </select>
        </label>
        {space.schedule.kind === "power" && (
          <>
            <label>
              <span className="label">Power a</span>
              <NumberInput
                className="field num w-24"
                value={space.schedule.a}
                problem={problems.get("schedule.a")}
                onChange={(value) => setSchedule({ a: value })}
              />
            </label>
            <label>
              <span className="label">Power b</span>
              <NumberInput
                className="field num w-24"
                value={space.schedule.b}
                problem={problems.get("schedule.b")}
                onChange={(value) => setSchedule({ b: value })}
              />
            </label>
          </>
        )}
      </div>
      <div className="flex flex-wrap gap-4">
        <div>
          <span className="label">Seeds</span>
          <Numbers
            label="Seeds"
            values={space.seeds}
            problem={problems.get("seeds")}
            onChange={(seeds) => set({ seeds })}
            narrow
          />
        </div>
        <label>
          <span className="label">Weight decay</span>
          <NumberInput
            className="field num w-24"
            value={space.weightDecay}
            problem={problems.get("weightDecay")}
            onChange={(value) => set({ weightDecay: value })}
          />
        </label>
        <Parametrizations space={space} set={set} />
      </div>
      {space.schedule.warmupTokens < 65_536 && (
        <p className="text-xs text-diverged">
          A warmup below 65,536 tokens made curves of these small models ragged; see docs/methods.md.
        </p>
      )}
    </div>
  );
}

function Parametrizations({ space, set }: { space: SearchSpace; set: (part: Partial<SearchSpace>) => void }) {
  const kinds = new Set(space.parametrizations.map((p) => p.kind));
  const first = space.parametrizations[0]!;
  const toggle = (kind: "mup" | "standard") => {
    const next = kinds.has(kind)
      ? space.parametrizations.filter((p) => p.kind !== kind)
      : [...space.parametrizations, { ...first, kind }];
    if (next.length > 0) set({ parametrizations: next });
  };
  return (
    <fieldset>
      <legend className="label">
        <Term name="parametrization">Parametrization</Term>
      </legend>
      <div className="flex h-8 items-center gap-4">
        {(["mup", "standard"] as const).map((kind) => (
          <label key={kind} className="flex items-center gap-1.5">
            <input type="checkbox" checked={kinds.has(kind)} onChange={() => toggle(kind)} />{" "}
            {kind === "mup" ? "muP" : "standard"}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** A list of numbers as text, separated by spaces or commas. */
function Numbers({
  label,
  values,
  problem,
  onChange,
  narrow,
}: {
  label: string;
  values: number[];
  problem?: string;
  onChange: (v: number[]) => void;
  narrow?: boolean;
}) {
  const [text, setText] = useState(values.join(" "));
  const errorId = useId();
  const error = wrongWith(text) ?? problem;
  return (
    <span className={narrow ? "block w-36" : "block w-full max-w-lg min-w-64 flex-1"}>
      <input
        aria-label={label}
        aria-invalid={error !== undefined}
        aria-describedby={error ? errorId : undefined}
        className={`field num w-full ${error ? "border-failed!" : ""}`}
        spellCheck={false}
        value={text}
        onChange={(e) => {
          setText(e.target.value);
          if (wrongWith(e.target.value) === undefined)
            onChange(partsOf(e.target.value).map((part) => readNumber(part)!));
        }}
      />
      {error && (
        <span id={errorId} role="alert" className="mt-0.5 block text-xs text-failed">
          {error}
        </span>
      )}
    </span>
  );
}

/** Numbers as people write them, with blanks or commas between. */
const partsOf = (text: string) => text.split(/[\s,]+/).filter(Boolean);

function wrongWith(text: string): string | undefined {
  const parts = partsOf(text);
  if (parts.length === 0) return "needs at least one number";
  const bad = parts.find((part) => !Number.isFinite(readNumber(part) ?? Number.NaN));
  return bad === undefined ? undefined : `"${bad}" is not a number such as 0.002 or 256Ki`;
}
