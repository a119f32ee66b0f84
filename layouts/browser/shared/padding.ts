/** The length that a plaintext of `n` bytes is filled up to (docs/formats.md section 3). */
export function bucket(n: number, least: number): number {
  const length = Math.max(n, least);
  const e = Math.floor(Math.log2(length));
  const step = 2 ** (e - (Math.floor(Math.log2(e)) + 1));
  return Math.ceil(length / step) * step;
}
