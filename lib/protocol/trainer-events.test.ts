import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeReal, parseTrainerLine } from "./index";

describe("parseTrainerLine", () => {
  it("decodes the words for non-finite numbers", () => {
    const parsed = parseTrainerLine(
      '{"event":"end","branch":131072,"step":40,"tokens":20480,"val_loss":"NaN","train_tail_loss":"Infinity","wall_s":1.5,"reason":"diverged"}',
    );
    expect(parsed).toEqual({
      ok: true,
      event: {
        event: "end",
        branch: 131072,
        step: 40,
        tokens: 20480,
        val_loss: Number.NaN,
        train_tail_loss: Number.POSITIVE_INFINITY,
        wall_s: 1.5,
        reason: "diverged",
      },
    });
  });

  it("reads a trunk step and ignores fields a later trainer may add", () => {
    const parsed = parseTrainerLine(
      '{"event":"step","branch":null,"step":8,"tokens":4096,"loss":5.4,"lr":0.001,"grad_norm":1.2,"tokens_per_s":180000,"extra":1}',
    );
    expect(parsed).toMatchObject({ ok: true, event: { branch: null, loss: 5.4 } });
  });

  it("reads an evaluation of the trunk", () => {
    const line = '{"event":"eval","branch":null,"step":8,"tokens":4096,"val_loss":5.4}';
    expect(parseTrainerLine(line)).toMatchObject({ ok: true, event: { branch: null, val_loss: 5.4 } });
  });

  it("says what is wrong with a truncated line, an unknown event and a missing field", () => {
    expect(parseTrainerLine('{"event":"step","br')).toEqual({ ok: false, reason: 'not JSON: {"event":"step","br' });
    expect(parseTrainerLine('{"event":"party"}')).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/^event: /),
    });
    expect(parseTrainerLine('{"event":"eval","branch":1,"step":1,"tokens":1}')).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/^val_loss: /),
    });
  });

  it("never throws", () => {
    const line = fc.oneof(fc.string(), fc.json());
    fc.assert(
      fc.property(line, (text) => {
        expect(parseTrainerLine(text).ok).toBe(false);
      }),
    );
  });

  it("round-trips numbers JSON cannot hold", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.5]) {
      expect(Number(encodeReal(value))).toBe(value);
    }
  });
});
