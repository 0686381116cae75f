import type { AsyncBuffer, FileMetaData } from "hyparquet";
import type { SourceFile } from "./source";

type Row = Record<string, unknown>;

interface Parquet {
  names: string[];
  rows: number;
  /** Rows from `from` up to `to`, all columns or those named; throws an Error where there are fewer. */
  read(from: number, to: number, columns?: string[]): Promise<Row[]>;
}

/** A Parquet file in pieces; throws an Error that says why it is none. */
export async function openParquet(file: Pick<SourceFile, "size" | "read">): Promise<Parquet> {
  const [{ parquetMetadataAsync, parquetReadObjects, parquetSchema }, { compressors }] = await Promise.all([
    import("hyparquet"),
    import("hyparquet-compressors"),
  ]);
  const buffer: AsyncBuffer = {
    byteLength: file.size,
    slice: async (from, to = file.size) => new Uint8Array(await file.read(from, to)).buffer,
  };
  const metadata = await parquetMetadataAsync(buffer);
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  requireColumns(metadata, names);
  return {
    names,
    rows: Number(metadata.num_rows),
    read: async (rowStart, rowEnd, columns) => {
      const rows: Row[] = await parquetReadObjects({ file: buffer, metadata, rowStart, rowEnd, columns, compressors });
      if (rows.length < rowEnd - rowStart) throw new Error(`it has fewer rows than the ${metadata.num_rows} it says`);
      return rows;
    },
  };
}

/**
 * The decoder reads all columns of a file and waits for those alone that its schema names, each once: an error in
 * another one would reach nobody and end the process.
 */
function requireColumns({ row_groups }: FileMetaData, names: readonly string[]): void {
  for (const { columns } of row_groups) {
    const paths = columns.map(({ meta_data }) => meta_data?.path_in_schema ?? []);
    const isKnown = paths.every(([name]) => name !== undefined && names.includes(name));
    if (!isKnown || new Set(paths.map((path) => path.join("."))).size < paths.length)
      throw new Error("its columns are not those of its schema: it is damaged");
  }
  if (new Set(names).size < names.length) throw new Error("its schema has two columns of one name: it is damaged");
}
