// RMSNorm (Zhang and Sennrich 2019): y = x / sqrt(mean(x^2) + eps) * gain.

static inline float rowDot(const float* x, const float* y, int64_t n) {
  Vec sum = {};
  int64_t j = 0;
  for (; j + kLanes <= n; j += kLanes) sum += load(x + j) * load(y + j);
  float total = horizontalSum(sum);
  for (; j < n; j++) total += x[j] * y[j];
  return total;
}

static void rmsNormForward(const float* x, const float* gain, float* y, float* rstd, int64_t rows, int64_t width) {
  for (int64_t r = 0; r < rows; r++, x += width, y += width) {
    const float scale = 1.0f / __builtin_sqrtf(rowDot(x, x, width) / float(width) + kRmsNormEps);
    rstd[r] = scale;
    int64_t j = 0;
    for (; j + kLanes <= width; j += kLanes) store(y + j, load(x + j) * scale * load(gain + j));
    for (; j < width; j++) y[j] = x[j] * scale * gain[j];
  }
}

static void rmsNormBackward(const float* x, const float* gain, const float* rstd, const float* dy, float* dx,
                            float* dGain, int64_t rows, int64_t width, bool accumulate) {
  for (int64_t r = 0; r < rows; r++, x += width, dy += width, dx += width) {
    const float scale = rstd[r];
    Vec sum = {};
    int64_t j = 0;
    for (; j + kLanes <= width; j += kLanes) {
      const Vec product = load(dy + j) * load(x + j);
      sum += product * load(gain + j);
      store(dGain + j, load(dGain + j) + product * scale);
    }
    float total = horizontalSum(sum);
    for (; j < width; j++) {
      total += dy[j] * x[j] * gain[j];
      dGain[j] += dy[j] * x[j] * scale;
    }
    const float pull = total * scale * scale * scale / float(width);
    for (j = 0; j + kLanes <= width; j += kLanes) {
      const Vec value = load(dy + j) * load(gain + j) * scale - load(x + j) * pull;
      store(dx + j, accumulate ? load(dx + j) + value : value);
    }
    for (; j < width; j++) {
      const float value = dy[j] * gain[j] * scale - x[j] * pull;
      dx[j] = accumulate ? dx[j] + value : value;
    }
  }
}
