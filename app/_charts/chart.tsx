"use client";

import { CustomChart, HeatmapChart, LineChart, ScatterChart } from "echarts/charts";
import {
  AriaComponent,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapComponent,
} from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer, SVGRenderer } from "echarts/renderers";
import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useId, useRef, useState } from "react";
import { inView, nextFrame, whenIdle } from "./idle";
import { type ChartTheme, readTheme } from "./theme";

echarts.use([
  LineChart,
  ScatterChart,
  CustomChart,
  HeatmapChart,
  GridComponent,
  LegendComponent,
  TooltipComponent,
  MarkLineComponent,
  MarkAreaComponent,
  VisualMapComponent,
  DataZoomComponent,
  AriaComponent,
  CanvasRenderer,
  SVGRenderer,
]);

export type ChartOption = echarts.EChartsCoreOption;

export interface ChartTable {
  columns: string[];
  rows: (string | number)[][];
}

interface Props {
  title: string;
  /** n, units and what is out of view. */
  note?: ReactNode;
  /** Pure: data and theme in, ECharts option out. Memoise it on its data. */
  option: (theme: ChartTheme) => ChartOption;
  /**
   * The same data as a table: the accessible alternative, and what CSV holds. A function is called when it is asked
   * for.
   */
  table: ChartTable | (() => ChartTable);
  height?: number;
  /** Called with the `id` of the data item that was clicked. */
  onSelect?: (id: string) => void;
  controls?: ReactNode;
  /** Over the plot: a tooltip, a message. */
  overlay?: ReactNode;
  /** Called with each new instance; what it returns is called before the instance goes. Memoise it. */
  attach?: (chart: echarts.ECharts) => () => void;
  /** Lets the words and numbers of the page be shown before the first drawing. */
  afterWords?: boolean;
  /** Called after each drawing. */
  drawn?: () => void;
  /** Makes the plot reachable by keyboard. */
  onKeyDown?: (event: KeyboardEvent) => void;
  onBlur?: () => void;
}

const MOST_TABLE_ROWS = 2_000;

/** The one place where ECharts is drawn: frame, resize, theme, downloads and the table. */
export function Chart(props: Props) {
  const { title, note, option, table, height = 320, controls, overlay, onKeyDown, onBlur } = props;
  const host = useRef<HTMLDivElement>(null);
  const [asTable, setAsTable] = useState(false);
  const chart = useDrawn(host, props, asTable);
  const headingId = useId();
  const files = {
    ...(!asTable && {
      png: () => chart.current?.getDataURL({ pixelRatio: 2, backgroundColor: readTheme().surface }) ?? "",
      svg: () => asSvg(option, host.current),
    }),
    csv: () => `data:text/csv;charset=utf-8,${encodeURIComponent(csv(rowsOf(table)))}`,
  };
  return (
    <figure className="panel min-w-0" aria-labelledby={headingId}>
      <figcaption className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b border-line px-4 py-2">
        <h2 id={headingId} className="min-w-0">
          {title}
        </h2>
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-muted">
          {controls}
          <button type="button" className="link" aria-pressed={asTable} onClick={() => setAsTable((v) => !v)}>
            {asTable ? "Chart" : "Table"}
          </button>
          {Object.entries(files).map(([ending, url]) => (
            <button
              key={ending}
              type="button"
              className="link"
              onClick={() => save(`${nameOf(title)}.${ending}`, url())}
            >
              {ending.toUpperCase()}
            </button>
          ))}
        </div>
      </figcaption>
      {asTable ? (
        <DataTable table={rowsOf(table)} height={height} />
      ) : (
        <div className="relative">
          {/* biome-ignore lint/a11y/noStaticElementInteractions: its role is an application where it has keys */}
          {/* biome-ignore lint/a11y/useAriaPropsSupportedByRole: it always has one of the two roles */}
          <div
            ref={host}
            role={onKeyDown ? "application" : "img"}
            aria-label={
              onKeyDown
                ? `${title}. Arrow keys walk along the lines, plus and minus zoom, Enter opens the run.`
                : `${title}. Use “Table” for the values.`
            }
            tabIndex={onKeyDown ? 0 : undefined}
            onKeyDown={onKeyDown}
            onBlur={onBlur}
            style={{ height }}
            className="w-full"
          />
          {overlay}
        </div>
      )}
      {note && <p className="px-4 pb-2.5 text-xs text-muted">{note}</p>}
    </figure>
  );
}

type Host = RefObject<HTMLDivElement | null>;

/** The instance on the host, drawn anew with each option and theme; none while the table is shown. */
function useDrawn(host: Host, { option, attach, afterWords = false, ...props }: Props, asTable: boolean) {
  const { chart, themeVersion } = useInstance(host, { attach, onSelect: props.onSelect }, asTable);
  const drawnIn = useRef<echarts.ECharts | null>(null);
  const afterDrawing = useRef(props.drawn);
  afterDrawing.current = props.drawn;
  // biome-ignore lint/correctness/useExhaustiveDependencies: themeVersion stands for the CSS variables that readTheme reads
  useEffect(() => {
    const instance = chart.current;
    if (asTable || !instance) return;
    const draw = () => {
      instance.setOption({ animation: false, aria: { enabled: true }, ...option(readTheme()) }, { notMerge: true });
      drawnIn.current = instance;
      instance.getDom().dataset.drawn = "";
      afterDrawing.current?.();
    };
    // What is further down must not hold up what is looked at.
    if (!inView(instance.getDom())) return whenIdle(draw);
    if (afterWords && drawnIn.current !== instance) return nextFrame(draw);
    draw();
  }, [option, asTable, themeVersion, attach, afterWords]);
  return chart;
}

function useInstance(host: Host, { attach, onSelect }: Pick<Props, "attach" | "onSelect">, asTable: boolean) {
  const chart = useRef<echarts.ECharts | null>(null);
  const [themeVersion, setThemeVersion] = useState(0);
  const select = useRef(onSelect);
  select.current = onSelect;
  useEffect(() => {
    if (asTable || !host.current) return;
    const instance = echarts.init(host.current, undefined, { renderer: "canvas" });
    chart.current = instance;
    instance.on("click", (p) => {
      const data = p.data as { id?: string } | undefined;
      if (data && typeof data === "object" && typeof data.id === "string") select.current?.(data.id);
      else if (typeof p.seriesId === "string" && p.seriesId.startsWith("run:")) select.current?.(p.seriesId.slice(4));
    });
    const resize = new ResizeObserver(() => instance.resize());
    resize.observe(host.current);
    const themed = new MutationObserver(() => setThemeVersion((v) => v + 1));
    themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const detach = attach?.(instance);
    return () => {
      detach?.();
      resize.disconnect();
      themed.disconnect();
      // A picture that is painted over several frames would go on after the instance has gone: an empty one ends it.
      instance.clear();
      instance.getZr().flush();
      instance.dispose();
      chart.current = null;
    };
  }, [asTable, attach, host]);
  return { chart, themeVersion };
}

const nameOf = (title: string) =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");

function DataTable({ table, height }: { table: ChartTable; height: number }) {
  return (
    <div className="overflow-auto" style={{ maxHeight: Math.max(height, 200) }}>
      <table className="table">
        <thead>
          <tr>
            {table.columns.map((c) => (
              <th key={c} scope="col">
                {c}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.slice(0, MOST_TABLE_ROWS).map((row, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity of their own and never move
            <tr key={i}>
              {row.map((cell, j) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: as above
                <td key={j} className={typeof cell === "number" ? "right" : undefined}>
                  {String(cell)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {table.rows.length > MOST_TABLE_ROWS && (
        <p className="p-3 text-xs text-muted">
          The first {MOST_TABLE_ROWS} of {table.rows.length} rows; CSV has them all.
        </p>
      )}
    </div>
  );
}

const rowsOf = (table: Props["table"]) => (typeof table === "function" ? table() : table);

/** Draws once more as SVG, off the page. */
function asSvg(option: Props["option"], host: HTMLDivElement | null): string {
  const scratch = echarts.init(null, undefined, {
    renderer: "svg",
    ssr: true,
    width: host?.clientWidth || 800,
    height: host?.clientHeight || 400,
  });
  scratch.setOption({ animation: false, ...option(readTheme()) });
  const svg = scratch.renderToSVGString();
  scratch.dispose();
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
}

function csv({ columns, rows }: ChartTable): string {
  const cell = (v: string | number) => (/[",\n]/.test(String(v)) ? `"${String(v).replaceAll('"', '""')}"` : String(v));
  return `${[columns, ...rows].map((r) => r.map(cell).join(",")).join("\n")}\n`;
}

function save(name: string, url: string): void {
  const a = document.createElement("a");
  a.href = url;
  a.download = name;
  a.click();
}
