// Softmax cross-entropy of logits against one target a row.

static inline float rowMax(const float* x, int64_t n) {
  if (n < kLanes) return horizontalMax(loadPartial(x, n, x[0]));
  Vec best = load(x);
  int64_t j = kLanes;
  for (; j + kLanes <= n; j += kLanes) best = maximum(best, load(x + j));
  if (j < n) best = maximum(best, load(x + n - kLanes));
  return horizontalMax(best);
}

// Sum of exp(x - top); writes the terms to y when y is not null (y may be x).
static inline float rowExponentials(const float* x, float top, int64_t n, float* y) {
  Vec sum = {};
  int64_t j = 0;
  for (; j + kLanes <= n; j += kLanes) {
    const Vec e = exponential(load(x + j) - top);
    sum += e;
    if (y) store(y + j, e);
  }
  float total = horizontalSum(sum);
  if (j < n) {
    float lanes[kLanes];
    store(lanes, exponential(loadPartial(x + j, n - j, top) - top));
    for (int64_t i = 0; i < n - j; i++) {
      total += lanes[i];
      if (y) y[j + i] = lanes[i];
    }
  }
  return total;
}

static inline void rowScale(float* x, float factor, int64_t n) {
  int64_t j = 0;
  for (; j + kLanes <= n; j += kLanes) store(x + j, load(x + j) * factor);
  for (; j < n; j++) x[j] *= factor;
}

static double crossEntropy(float* logits, int64_t ld, const int32_t* targets, int64_t rows, int64_t vocab,
                           float gradScale) {
  double loss = 0.0;
  for (int64_t r = 0; r < rows; r++, logits += ld) {
    const float top = rowMax(logits, vocab);
    const double target = logits[targets[r]];
    const float sum = rowExponentials(logits, top, vocab, logits);
    loss += double(top) + __builtin_log(double(sum)) - target;
    rowScale(logits, gradScale / sum, vocab);
    logits[targets[r]] -= gradScale;
  }
  return loss;
}

static double crossEntropyLoss(const float* logits, int64_t ld, const int32_t* targets, int64_t rows, int64_t vocab) {
  double loss = 0.0;
  for (int64_t r = 0; r < rows; r++, logits += ld) {
    const float top = rowMax(logits, vocab);
    const float sum = rowExponentials(logits, top, vocab, nullptr);
    loss += double(top) + __builtin_log(double(sum)) - double(logits[targets[r]]);
  }
  return loss;
}
