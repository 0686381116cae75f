"use client";

import { type ReactNode, useRef } from "react";

/** A button that asks first, saying what will be lost, or spent. */
export function Confirm({
  label,
  title,
  children,
  action,
  onConfirm,
  disabled,
  tone = "danger",
}: {
  label: string;
  title: string;
  children: ReactNode;
  action: string;
  onConfirm: () => void;
  disabled?: boolean;
  tone?: keyof typeof LOOKS;
}) {
  const { look, no } = LOOKS[tone];
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <>
      <button
        type="button"
        className={`button ${look}`}
        disabled={disabled}
        onClick={() => dialog.current?.showModal()}
      >
        {label}
      </button>
      <dialog
        ref={dialog}
        aria-label={title}
        className="m-auto w-[min(92vw,440px)] rounded-lg border border-line bg-surface p-5 text-text backdrop:bg-black/40"
      >
        <h2>{title}</h2>
        <div className="mt-2 text-muted">{children}</div>
        <div className="mt-4 flex justify-end gap-2">
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            {no}
          </button>
          <button
            type="button"
            className={`button ${look}`}
            onClick={() => {
              dialog.current?.close();
              onConfirm();
            }}
          >
            {action}
          </button>
        </div>
      </dialog>
    </>
  );
}

const LOOKS = {
  danger: { look: "button-danger", no: "Keep" },
  primary: { look: "button-primary", no: "Not now" },
} as const;
