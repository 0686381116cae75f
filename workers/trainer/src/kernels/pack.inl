// Copies of the right operand into panels of kPanel columns, zero beyond the last column.

// dst[p * ldd + c] = src[c * lds + p] for an 8 x 8 block.
static inline void transpose8(const float* src, int64_t lds, float* dst, int64_t ldd) {
  Vec8 r[8], s[8];
  for (int i = 0; i < 8; i++) r[i] = load8(src + i * lds);
  for (int i = 0; i < 8; i += 2) {
    s[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    s[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (int i = 0; i < 8; i += 4)
    for (int j = 0; j < 2; j++) {
      r[i + j] = __builtin_shufflevector(s[i + j], s[i + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      r[i + j + 2] = __builtin_shufflevector(s[i + j], s[i + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  for (int i = 0; i < 4; i++) {
    s[i] = __builtin_shufflevector(r[i], r[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    s[i + 4] = __builtin_shufflevector(r[i], r[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
  for (int i = 0; i < 8; i++) store8(dst + i * ldd, s[i]);
}

static void packTransposed(const float* w, int64_t ld, int64_t n, int64_t k, float* packed) {
  for (int64_t j = 0; j < n; j += kPanel) {
    float* panel = packed + j * k;
    for (int64_t c = 0; c < kPanel; c += 8) {
      int64_t p = 0;
      if (j + c + 8 <= n)
        for (; p + 8 <= k; p += 8) transpose8(w + (j + c) * ld + p, ld, panel + p * kPanel + c, kPanel);
      for (; p < k; p++)
        for (int64_t e = c; e < c + 8; e++) panel[p * kPanel + e] = j + e < n ? w[(j + e) * ld + p] : 0.0f;
    }
  }
}

static void packPlain(const float* b, int64_t ld, int64_t k, int64_t n, float* packed) {
  for (int64_t j = 0; j < n; j += kPanel) {
    float* panel = packed + j * k;
    if (n - j >= kPanel) {
      for (int64_t p = 0; p < k; p++)
        for (int v = 0; v < kPanelVectors; v++)
          store(panel + p * kPanel + v * kLanes, load(b + p * ld + j + v * kLanes));
      continue;
    }
    for (int64_t p = 0; p < k; p++)
      for (int64_t c = 0; c < kPanel; c++) panel[p * kPanel + c] = j + c < n ? b[p * ld + j + c] : 0.0f;
  }
}

static void roundPanels(int64_t n, int64_t k, float* packed) {
  for (int64_t j = 0; j < n; j += kPanel) {
    const float* panel = packed + j * k;
    auto* pairs = reinterpret_cast<int32_t*>(packed + j * k);
    for (int64_t p = 0; p < k; p += 2)
      storeRowPairs<kPanel>(panel + p * kPanel, p + 1 < k ? panel + (p + 1) * kPanel : nullptr, pairs + p / 2 * kPanel);
  }
}
