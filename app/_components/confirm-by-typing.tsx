"use client";

import { type ReactNode, useId, useRef, useState } from "react";
import { ErrorNote } from "./page";

interface Props {
  button: ReactNode;
  /** Of the button that opens the dialog. */
  buttonClass: string;
  /** Name of the dialog, and of the button where its text alone would not do. */
  name: string;
  title: string;
  /** What would be lost; it may be on its way. */
  children: ReactNode;
  /** Words to type; undefined while they are not known, null where nothing can be done now. */
  words: string | null | undefined;
  action: string;
  error: string | null;
  pending: boolean;
  disabled?: boolean;
  /** Told when the dialog opens and closes. */
  onOpen: (open: boolean) => void;
  /**
   * Called with the words; the dialog closes when the promise is fulfilled and stays with the `error` when it is not.
   */
  onConfirm: (typed: string) => Promise<unknown>;
}

/** A dialog that says what is lost for good and wants words typed before it happens. */
export function ConfirmByTyping(props: Props) {
  const { button, buttonClass, name, title, children, words, action, error, pending, disabled, onOpen, onConfirm } =
    props;
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState("");
  const inputId = useId();
  return (
    <>
      <button
        type="button"
        className={buttonClass}
        aria-label={name}
        disabled={disabled}
        onClick={() => {
          onOpen(true);
          dialog.current?.showModal();
        }}
      >
        {button}
      </button>
      <dialog
        ref={dialog}
        aria-label={name}
        onClose={() => {
          setTyped("");
          onOpen(false);
        }}
        className="m-auto w-[min(92vw,460px)] rounded-lg border border-line bg-surface p-5 text-left whitespace-normal text-text backdrop:bg-black/40"
      >
        <h2>{title}</h2>
        {error && <ErrorNote>{error}</ErrorNote>}
        <p className="mt-2 text-muted" aria-live="polite">
          {children}
        </p>
        <form
          className="mt-3"
          onSubmit={(e) => {
            e.preventDefault();
            onConfirm(typed).then(
              () => dialog.current?.close(),
              () => {}, // it stands in `error`
            );
          }}
        >
          {words !== null && (
            <>
              <label htmlFor={inputId} className="text-xs text-muted">
                To confirm, type <b className="font-mono text-text">{words ?? "…"}</b>
              </label>
              <input
                id={inputId}
                className="field mt-1 w-full"
                value={typed}
                autoComplete="off"
                onChange={(e) => setTyped(e.target.value)}
              />
            </>
          )}
          <div className="mt-4 flex justify-end gap-2">
            <button type="button" className="button" onClick={() => dialog.current?.close()}>
              {words === null ? "Close" : "Keep"}
            </button>
            {words !== null && (
              <button
                type="submit"
                className="button button-danger"
                disabled={words === undefined || typed !== words || pending}
              >
                {action}
              </button>
            )}
          </div>
        </form>
      </dialog>
    </>
  );
}
