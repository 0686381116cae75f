"use client";

import { useEffect, useState } from "react";

const CHOICES = ["system", "light", "dark"] as const;
type Choice = (typeof CHOICES)[number];

export function ThemeChoice() {
  const [choice, setChoice] = useState<Choice>("system");
  useEffect(() => setChoice((localStorage.getItem("theme") as Choice | null) ?? "system"), []);
  return (
    <label className="flex items-center justify-between gap-2 text-xs text-muted">
      Theme
      <select
        className="field h-7! text-xs"
        value={choice}
        onChange={(e) => {
          localStorage.setItem("theme", e.target.value);
          window.dispatchEvent(new Event("etalon-theme"));
          setChoice(e.target.value as Choice);
        }}
      >
        {CHOICES.map((c) => (
          <option key={c}>{c}</option>
        ))}
      </select>
    </label>
  );
}
