"use client";

import { type ComponentProps, type KeyboardEvent, useId, useLayoutEffect, useRef, useState } from "react";
import { completed, knownChoices, matching, type Place, placeAt } from "@/lib/filter";

/** What a filter can be completed with. */
export interface FilterChoices {
  /** Fields, config keys and metrics. */
  keys: readonly string[];
  /** Values of the key at the place that `onPlace` was told last. */
  values: readonly string[];
  onPlace: (place: Place | null) => void;
}

const MOST_OFFERED = 50;

type Props = Omit<ComponentProps<"input">, "onChange" | "value" | "role"> & {
  choices: FilterChoices;
  value: string;
  onChange: (text: string) => void;
  /** How wide the field and its list are. */
  width?: string;
};

/**
 * A filter with what may come next, offered while it is typed or on the arrow keys: names, operators, and the values
 * that runs have.
 */
export function FilterInput({ choices, value, onChange, className = "field", width = "", onBlur, ...rest }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const listId = useId();
  const { place, open, close, active, move } = usePlace(choices.onPlace);
  const offered = offeredAt(place, choices);
  const caret = useRef<number | null>(null);
  useLayoutEffect(() => {
    if (caret.current === null) return;
    input.current?.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  });
  const choose = (chosen: string) => {
    const done = completed(value, place!, chosen);
    caret.current = done.caret;
    onChange(done.text);
    open(done.text, done.caret);
  };
  const onKeyDown = (e: KeyboardEvent<HTMLInputElement>) => {
    if (e.key === "ArrowDown" && !place) open(value, e.currentTarget.selectionStart ?? value.length);
    else if (offered.length === 0) return;
    else if (e.key === "ArrowDown") move((active + 1) % offered.length);
    else if (e.key === "ArrowUp") move((active <= 0 ? offered.length : active) - 1);
    else if (e.key === "Escape") close();
    else if ((e.key === "Enter" || e.key === "Tab") && active >= 0) choose(offered[active]!);
    else return;
    e.preventDefault();
  };
  const isOpen = offered.length > 0;
  return (
    <span className={`relative block ${width}`}>
      <input
        {...rest}
        ref={input}
        className={`${className} w-full font-mono`}
        role="combobox"
        aria-autocomplete="list"
        aria-expanded={isOpen}
        aria-controls={isOpen ? listId : undefined}
        aria-activedescendant={isOpen && active >= 0 ? `${listId}-${active}` : undefined}
        autoComplete="off"
        spellCheck={false}
        value={value}
        onChange={(e) => {
          onChange(e.target.value);
          open(e.target.value, e.target.selectionStart ?? e.target.value.length);
        }}
        onKeyDown={onKeyDown}
        onBlur={(e) => {
          close();
          onBlur?.(e);
        }}
      />
      {isOpen && <Offered id={listId} {...{ offered, active, choose }} />}
    </span>
  );
}

function Offered({
  id,
  offered,
  active,
  choose,
}: {
  id: string;
  offered: readonly string[];
  active: number;
  choose: (chosen: string) => void;
}) {
  return (
    <span
      id={id}
      role="listbox"
      aria-label="What may come next"
      className="panel absolute z-30 mt-1 block max-h-64 w-full overflow-y-auto p-1 font-mono text-xs shadow-md"
    >
      {offered.map((choice, i) => (
        <span
          key={choice}
          id={`${id}-${i}`}
          role="option"
          aria-selected={i === active}
          tabIndex={-1}
          ref={i === active ? (option) => option?.scrollIntoView({ block: "nearest" }) : undefined}
          className={`block cursor-pointer truncate rounded px-2 py-1 ${i === active ? "bg-sunken" : ""} hover:bg-sunken`}
          title={choice}
          onMouseDown={(e) => {
            // The field keeps the focus.
            e.preventDefault();
            choose(choice);
          }}
        >
          {choice}
        </span>
      ))}
    </span>
  );
}

/** The place that is being completed, null while nothing is offered, and which of the offered is chosen by the keys. */
function usePlace(onPlace: (place: Place | null) => void) {
  const [place, setPlace] = useState<Place | null>(null);
  const [active, move] = useState(-1);
  const set = (next: Place | null) => {
    setPlace(next);
    move(-1);
    onPlace(next);
  };
  return {
    place,
    active,
    move,
    open: (text: string, caret: number) => set(placeAt(text, caret)),
    close: () => set(null),
  };
}

function offeredAt(place: Place | null, { keys, values }: FilterChoices): string[] {
  if (!place) return [];
  const known = knownChoices(place) ?? (place.expects === "key" ? keys : values);
  const found = matching(known, place.typed, (choice) => choice).slice(0, MOST_OFFERED);
  return found.length === 1 && found[0] === place.typed ? [] : found;
}
