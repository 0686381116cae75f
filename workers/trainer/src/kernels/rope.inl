// Rotary position embedding, half-split pairs (i, i + headDim/2).

static void rope(float* x, int64_t rowStride, int64_t rows, int64_t seqLen, int64_t heads, int64_t headDim,
                 const float* cosine, const float* sine, float direction) {
  const int64_t half = headDim / 2;
  for (int64_t r = 0; r < rows; r++, x += rowStride) {
    const float* c = cosine + (r % seqLen) * half;
    const float* s = sine + (r % seqLen) * half;
    for (int64_t h = 0; h < heads; h++) {
      float* low = x + h * headDim;
      float* high = low + half;
      int64_t i = 0;
      for (; i + kLanes <= half; i += kLanes) {
        const Vec a = load(low + i), b = load(high + i), cv = load(c + i), sv = load(s + i) * direction;
        store(low + i, a * cv - b * sv);
        store(high + i, b * cv + a * sv);
      }
      for (; i < half; i++) {
        const float a = low[i], b = high[i], sv = s[i] * direction;
        low[i] = a * c[i] - b * sv;
        high[i] = b * c[i] + a * sv;
      }
    }
  }
}
