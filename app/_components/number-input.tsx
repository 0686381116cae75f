"use client";

import { type ComponentProps, useId, useState } from "react";
import { readNumber } from "@/lib/format";

interface Props extends Omit<ComponentProps<"input">, "value" | "onChange"> {
  /** What is wrong with the number itself. */
  problem?: string;
  value: number;
  onChange: (value: number) => void;
}

/** A field for a number as people write it (1e10, 10B, 256Ki). Text that is none keeps standing, and is told of. */
export function NumberInput({ value, onChange, problem, className = "", ...rest }: Props) {
  const [text, setText] = useState(String(value));
  const errorId = useId();
  const read = readNumber(text);
  const isNone = read === null || !Number.isFinite(read);
  const error = isNone ? "not a number such as 256Ki" : problem;
  // A preset, or another link, has changed the number.
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    if (read !== value) setText(String(value));
  }
  return (
    <>
      <input
        {...rest}
        className={`${className} ${error ? "border-failed!" : ""}`}
        spellCheck={false}
        value={text}
        aria-invalid={error !== undefined}
        aria-describedby={error ? errorId : undefined}
        onChange={(e) => {
          setText(e.target.value);
          const next = readNumber(e.target.value);
          if (next !== null && Number.isFinite(next)) onChange(next);
        }}
      />
      {error && (
        <span id={errorId} role="alert" className="mt-0.5 block max-w-40 text-xs text-failed">
          {error}
        </span>
      )}
    </>
  );
}
