const MAGIC_BYTES = "ETALONCKPT2\n".length;

/**
 * The step that a checkpoint of the trainer was written at, of its decay branch where it is in one; null for what
 * cannot be read. The file is replaced while its event is still on the way, so that it may be of a later step than the
 * event's.
 */
export function checkpointStep(bytes: Uint8Array): number | null {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const length = Number(view.getBigUint64(MAGIC_BYTES, true));
    const text = new TextDecoder().decode(bytes.subarray(MAGIC_BYTES + 8, MAGIC_BYTES + 8 + length));
    const header = JSON.parse(text) as {
      branch: unknown;
      trunk: { step: unknown };
      branch_progress: { step: unknown };
    };
    const { step } = header.branch === null ? header.trunk : header.branch_progress;
    return typeof step === "number" ? step : null;
  } catch {
    return null;
  }
}
