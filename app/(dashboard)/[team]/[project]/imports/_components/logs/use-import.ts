"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import type { Mapping } from "@/lib/mapping";
import type { Dimensions } from "@/lib/run";
import type { Ask, ChosenFile, Found, Stored, Tell } from "./messages";

export type ImportState = {
  /** What goes on; null where nothing does. */
  at: { doing: "reading" | "importing"; path: string; group: number; of: number } | null;
  found: Found | null;
  /** Dimensions of the runs that were found, by the mapping of the moment. */
  mapped: { dimensions: Partial<Dimensions>[]; problems: string[] } | null;
  stored: Stored | null;
  error: string | null;
};

const NOTHING: ImportState = { at: null, found: null, mapped: null, stored: null, error: null };

/** Files that a worker of the browser reads, shows and sends; what is given up ends at once. */
export function useImport() {
  const [state, setState] = useState<ImportState>(NOTHING);
  const worker = useRef<Worker | null>(null);
  const end = useCallback(() => {
    worker.current?.terminate();
    worker.current = null;
  }, []);
  useEffect(() => end, [end]);
  const ask = useCallback((asked: Ask) => worker.current?.postMessage(asked), []);
  const read = useCallback(
    (files: ChosenFile[]) => {
      end();
      const port = new Worker(new URL("./import-worker.ts", import.meta.url));
      worker.current = port;
      setState({ ...NOTHING, at: { doing: "reading", path: files[0]!.path, group: 0, of: files.length } });
      port.onmessage = ({ data }: MessageEvent<Tell>) => setState((old) => told(old, data));
      port.onerror = (e) =>
        setState((old) => ({ ...old, at: null, error: e.message || "the files could not be read" }));
      ask({ ask: "read", files });
    },
    [ask, end],
  );
  const map = useCallback((mapping: Mapping | null) => ask({ ask: "map", mapping }), [ask]);
  const send = useCallback(
    (to: { team: string; project: string; title: string }) => {
      setState((old) => ({ ...old, error: null, stored: null, at: { doing: "importing", path: "", group: 0, of: 1 } }));
      ask({ ask: "import", ...to });
    },
    [ask],
  );
  const cancel = useCallback(() => {
    end();
    setState(NOTHING);
  }, [end]);
  return { state, read, map, send, cancel };
}

function told(old: ImportState, data: Tell): ImportState {
  if (data.tell === "progress") {
    const { path, group, of } = data;
    return old.at ? { ...old, at: { ...old.at, path, group, of } } : old;
  }
  if (data.tell === "found") return { ...old, at: null, found: data.found };
  if (data.tell === "mapped") return { ...old, mapped: data };
  if (data.tell === "stored") return { ...old, at: null, stored: data.stored };
  return { ...old, at: null, error: data.message };
}
