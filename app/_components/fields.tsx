"use client";

import { type ComponentProps, type ReactNode, useId, useState } from "react";
import { readNumber } from "@/lib/format";

/** What all fields have: a name above, and beneath what is wrong with what stands in them. */
interface Frame {
  /** With its unit. */
  name?: ReactNode;
  /** What the field is called where its name alone does not tell it from others. */
  label?: string;
  /** What the text was read as. */
  hint?: string;
  error?: string;
  /** Stands in the place of the error while there is none. */
  note?: string;
  /** Of the whole. */
  className?: string;
  /** Of the control; as wide as there is room unless it says otherwise. */
  look?: string;
}

type Control = Pick<ComponentProps<"input">, "id" | "className" | "aria-label" | "aria-invalid" | "aria-describedby">;

export function Framed(props: Frame & { children: (control: Control) => ReactNode }) {
  const { name, label, hint, error, note, className, look = "w-full", children } = props;
  const id = useId();
  const beneath = error ?? note;
  const beneathId = `${id}-beneath`;
  return (
    <div className={className}>
      {name && (
        <label className="label" htmlFor={id}>
          {name} {hint && hint !== "-" && <span className="num">= {hint}</span>}
        </label>
      )}
      {children({
        id,
        className: `field ${look} ${error ? "border-failed!" : ""}`,
        "aria-label": label,
        "aria-invalid": error !== undefined,
        "aria-describedby": beneath ? beneathId : undefined,
      })}
      {beneath && (
        <p
          id={beneathId}
          role={error ? "alert" : "status"}
          className={`mt-0.5 text-xs break-words ${error ? "text-failed" : "text-muted"}`}
        >
          {beneath}
        </p>
      )}
    </div>
  );
}

/** The parts of the frame among a field's properties, and the rest, which is the control's. */
function parted<Props extends Frame>({ name, label, hint, error, note, className, look, ...rest }: Props) {
  return [{ name, label, hint, error, note, className, look }, rest] as const;
}

type Rest<Tag extends "input" | "textarea"> = Omit<ComponentProps<Tag>, keyof Frame | "onChange" | "value">;
interface Text extends Frame {
  value: string;
  onChange: (text: string) => void;
}

export function TextField({ onChange, ...props }: Text & Rest<"input">) {
  const [frame, rest] = parted(props);
  return (
    <Framed {...frame}>
      {(control) => <input {...control} {...rest} onChange={(e) => onChange(e.target.value)} />}
    </Framed>
  );
}

export function TextArea({ onChange, ...props }: Text & Rest<"textarea">) {
  const [frame, rest] = parted(props);
  return (
    <Framed {...frame}>
      {(control) => <textarea {...control} {...rest} onChange={(e) => onChange(e.target.value)} />}
    </Framed>
  );
}

/** One of some; each may have a text that stands where the pointer rests on it. */
export function Choice<T extends string>({
  value,
  options,
  onChange,
  ...frame
}: Frame & {
  value: T;
  options: readonly (readonly [value: T, text: string, title?: string])[];
  onChange: (value: T) => void;
}) {
  return (
    <Framed {...frame}>
      {(control) => (
        <select {...control} value={value} onChange={(e) => onChange(e.target.value as T)}>
          {options.map(([v, text, title]) => (
            <option key={v} value={v} title={title}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Framed>
  );
}

/** Yes or no, with the name after it. */
export function CheckField({
  name,
  value,
  onChange,
  className = "",
  title,
  disabled,
}: {
  name: ReactNode;
  value: boolean;
  onChange: (on: boolean) => void;
  className?: string;
  title?: string;
  disabled?: boolean;
}) {
  return (
    <label className={`flex items-center gap-1.5 ${className}`} title={title}>
      <input type="checkbox" checked={value} disabled={disabled} onChange={(e) => onChange(e.target.checked)} /> {name}
    </label>
  );
}

interface Typed<T> extends Frame {
  value: T;
  onChange: (value: T) => void;
}

/** A number as people write it (1e10, 10B, 256Ki). */
export function NumberField(props: Typed<number>) {
  return <TypedField {...props} write={String} read={numberIn} className={props.className ?? "max-w-40"} />;
}

/** Numbers as people write them, with blanks or commas between. */
export function Numbers(props: Typed<number[]>) {
  return <TypedField {...props} write={(values) => values.join(" ")} read={numbersIn} />;
}

type Read<T> = { value: T } | { problem: string };

/** What is typed becomes the value as soon as it can be read; what cannot keeps standing, and is told of. */
function TypedField<T>({
  value,
  onChange,
  write,
  read,
  error,
  look = "w-full",
  ...frame
}: Typed<T> & { write: (value: T) => string; read: (text: string) => Read<T> }) {
  const written = write(value);
  const [text, setText] = useState(written);
  const [known, setKnown] = useState(written);
  const now = read(text);
  // A preset, or another link, has changed the value.
  if (known !== written) {
    setKnown(written);
    if ("problem" in now || write(now.value) !== written) setText(written);
  }
  return (
    <TextField
      {...frame}
      look={`num ${look}`}
      spellCheck={false}
      value={text}
      error={"problem" in now ? now.problem : error}
      onChange={(next) => {
        setText(next);
        const typed = read(next);
        if ("value" in typed) onChange(typed.value);
      }}
    />
  );
}

function numberIn(text: string): Read<number> {
  const value = readNumber(text);
  return value !== null && Number.isFinite(value) ? { value } : { problem: "not a number such as 256Ki" };
}

function numbersIn(text: string): Read<number[]> {
  const parts = text.split(/[\s,]+/).filter(Boolean);
  if (parts.length === 0) return { problem: "needs at least one number" };
  const value = parts.map((part) => readNumber(part) ?? Number.NaN);
  const bad = value.findIndex((v) => !Number.isFinite(v));
  return bad < 0 ? { value } : { problem: `"${parts[bad]}" is not a number such as 0.002 or 256Ki` };
}
