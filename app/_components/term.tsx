"use client";

import Link from "next/link";
import { type MouseEvent, type ReactNode, useId, useState } from "react";
import { createPortal } from "react-dom";
import { meaningOf, placeOf } from "../glossary/terms";

interface Place {
  left: number;
  top: number;
}

const WIDTH = 320;
const MARGIN = 8;

/** A word of the glossary: what it means on hover and focus, the entry itself, in another tab, on a click. */
export function Term({ name, children }: { name: string; children?: ReactNode }) {
  const [place, setPlace] = useState<Place | null>(null);
  const id = useId();
  const show = ({ currentTarget }: { currentTarget: HTMLElement }) => {
    const { left, bottom } = currentTarget.getBoundingClientRect();
    setPlace({ left: Math.max(MARGIN, Math.min(left, window.innerWidth - WIDTH - MARGIN)), top: bottom });
  };
  const hide = () => setPlace(null);
  return (
    <>
      <Link
        className="underline decoration-dotted decoration-1 underline-offset-3"
        href={`/glossary#${placeOf(name)}`}
        target="_blank"
        prefetch={false}
        aria-describedby={place ? id : undefined}
        onMouseEnter={show}
        onMouseLeave={hide}
        onFocus={show}
        onBlur={hide}
        onKeyDown={(e) => e.key === "Escape" && hide()}
        onClick={(e: MouseEvent) => e.stopPropagation()}
      >
        {children ?? name}
      </Link>
      {place && createPortal(<Meaning {...{ id, place }} text={meaningOf(name)} />, document.body)}
    </>
  );
}

/** Above whatever it would be cut off by, open dialogs too. */
function Meaning({ id, place, text }: { id: string; place: Place; text: string }) {
  return (
    <div
      id={id}
      role="tooltip"
      popover="manual"
      ref={(box) => {
        if (!box) return;
        box.showPopover();
        const { height } = box.getBoundingClientRect();
        if (place.top + height > window.innerHeight) box.style.top = `${Math.max(0, place.top - height - 24)}px`;
      }}
      className="panel pointer-events-none fixed m-0 px-3 py-2 text-left text-[13px] font-normal whitespace-normal text-text shadow-lg"
      style={{ left: place.left, top: place.top + 4, width: `min(${WIDTH}px, calc(100vw - ${2 * MARGIN}px))` }}
    >
      {text}
    </div>
  );
}
