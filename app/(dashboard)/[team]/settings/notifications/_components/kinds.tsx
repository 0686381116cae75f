"use client";

import { CheckField } from "@/app/_components/fields";
import { type NotificationKind, shownKinds } from "@/lib/notification";

interface Props {
  legend: string;
  kinds: readonly NotificationKind[];
  disabled?: boolean;
  onChange: (kinds: NotificationKind[]) => void;
}

/** Which events; the legend is what screen readers hear before each. */
export function Kinds({ legend, kinds, disabled, onChange }: Props) {
  return (
    <fieldset className="grid gap-x-6 gap-y-1 sm:grid-cols-2 xl:grid-cols-3">
      <legend className="sr-only">{legend}</legend>
      {shownKinds.map(([kind, name]) => (
        <CheckField
          key={kind}
          name={name}
          value={kinds.includes(kind)}
          disabled={disabled}
          onChange={(on) => onChange(on ? [...kinds, kind] : kinds.filter((k) => k !== kind))}
        />
      ))}
    </fieldset>
  );
}

export function nameOfKind(kind: NotificationKind): string {
  return shownKinds.find(([k]) => k === kind)?.[1] ?? kind;
}
