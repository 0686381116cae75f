/**
 * x^y of a positive x with the same bits in Node 20 and Chromium 147. Their `**` and Math.pow differ in the last bit,
 * while exp and log agree. Relative error about |y ln x| * 2e-16.
 */
export function power(x: number, y: number): number {
  return Math.exp(y * Math.log(x));
}

export function square(x: number): number {
  return x * x;
}
