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
  const { label: before, look, no } = LOOKS[tone];
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <>
      <button
        type="button"
        className={`button ${before}`}
        disabled={disabled}
        onClick={() => dialog.current?.showModal()}
      >
        {label}
      </button>
      <dialog
        ref={dialog}
        aria-label={title}
        className="m-auto w-[min(92vw,440px)] rounded-lg border border-line bg-surface p-5 text-left whitespace-normal text-text backdrop:bg-black/40"
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
  danger: { label: "button-danger", look: "button-danger", no: "Keep" },
  primary: { label: "button-primary", look: "button-primary", no: "Not now" },
  /** One of many beside each other. */
  plain: { label: "", look: "button-primary", no: "Not now" },
} as const;
