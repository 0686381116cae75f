// Rotary position embedding, half-split pairs (i, i + headDim/2).

template <class V>
static inline void rotatePairs(V& low, V& high, V cosine, V sine) {
  const V a = low;
  low = a * cosine - high * sine;
  high = high * cosine + a * sine;
}

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
        Vec a = load(low + i), b = load(high + i);
        rotatePairs(a, b, load(c + i), load(s + i) * direction);
        store(low + i, a);
        store(high + i, b);
      }
#if ETALON_LANES == 16
      if (i + 8 <= half) {  // heads of 16, as narrow models have
        Vec8 a = load8(low + i), b = load8(high + i);
        rotatePairs(a, b, load8(c + i), load8(s + i) * direction);
        store8(low + i, a);
        store8(high + i, b);
        i += 8;
      }
#endif
      for (; i < half; i++) {
        const float a = low[i], b = high[i], sv = s[i] * direction;
        low[i] = a * c[i] - b * sv;
        high[i] = b * c[i] + a * sv;
      }
    }
  }
}
