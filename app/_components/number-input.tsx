"use client";

import { type ComponentProps, useId, useState } from "react";
import { readNumber } from "@/lib/format";

interface Props extends Omit<ComponentProps<"input">, "value" | "onChange"> {
  value: number;
  onChange: (value: number) => void;
}

/** A field for a number as people write it (1e10, 10B, 256Ki). Text that is none keeps standing, and is told of. */
export function NumberInput({ value, onChange, className = "", ...rest }: Props) {
  const [text, setText] = useState(String(value));
  const errorId = useId();
  const read = readNumber(text);
  const isBad = read === null || !Number.isFinite(read);
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
        className={`${className} ${isBad ? "border-failed!" : ""}`}
        spellCheck={false}
        value={text}
        aria-invalid={isBad}
        aria-describedby={isBad ? errorId : undefined}
        onChange={(e) => {
          setText(e.target.value);
          const next = readNumber(e.target.value);
          if (next !== null && Number.isFinite(next)) onChange(next);
        }}
      />
      {isBad && (
        <span id={errorId} role="alert" className="mt-0.5 block text-xs text-failed">
          not a number such as 256Ki
        </span>
      )}
    </>
  );
}
