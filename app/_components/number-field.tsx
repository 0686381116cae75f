"use client";

import { type ReactNode, useId } from "react";

/** A labelled field for a number as people write it; what is wrong with it stands under it. */
export function NumberField({
  name,
  value,
  onChange,
  hint,
  error,
}: {
  name: ReactNode;
  value: string;
  onChange: (text: string) => void;
  /** What the text was read as. */
  hint?: string;
  error?: string;
}) {
  const errorId = useId();
  return (
    <label className="block">
      <span className="label">
        {name} {hint && hint !== "-" && <span className="num">= {hint}</span>}
      </span>
      <input
        className={`field num w-full ${error ? "border-failed!" : ""}`}
        inputMode="text"
        spellCheck={false}
        value={value}
        aria-invalid={error !== undefined}
        aria-describedby={error ? errorId : undefined}
        onChange={(e) => onChange(e.target.value)}
      />
      {error && (
        <span id={errorId} role="alert" className="mt-0.5 block text-xs text-failed">
          {error}
        </span>
      )}
    </label>
  );
}
