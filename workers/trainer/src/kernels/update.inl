// Flat-array kernels: sums, gradient reduction, AdamW (Loshchilov and Hutter 2019, decoupled decay).

static void addScaled(const float* __restrict x, float factor, float* __restrict y, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] += factor * x[i];
}

static double dot(const float* x, const float* y, int64_t count) { return double(rowDot(x, y, count)); }

static double reduceSlots(float* grads, int64_t slotStride, int64_t slots, int64_t begin, int64_t end) {
  double total = 0.0;
  constexpr int64_t kBlock = 512;
  for (int64_t block = begin; block < end; block += kBlock) {
    const int64_t count = end - block < kBlock ? end - block : kBlock;
    float* __restrict sum = grads + block;
    for (int64_t s = 1; s < slots; s++) {
      const float* __restrict part = grads + s * slotStride + block;
      for (int64_t i = 0; i < count; i++) sum[i] += part[i];
    }
    total += double(rowDot(sum, sum, count));
  }
  return total;
}

static void adamW(const AdamCall& call) {
  float* __restrict param = call.param;
  float* __restrict moment1 = call.moment1;
  float* __restrict moment2 = call.moment2;
  const float* __restrict grad = call.grad;
  const float b1 = call.beta1, b2 = call.beta2, c1 = 1.0f - b1, c2 = 1.0f - b2;
  const float keep = 1.0f - call.learningRate * call.weightDecay, rate = call.learningRate * call.correction1;
  const float correction2 = call.correction2, eps = call.eps, scale = call.gradScale;
  for (int64_t i = 0; i < call.count; i++) {
    const float g = grad[i] * scale;
    const float m = b1 * moment1[i] + c1 * g;
    const float v = b2 * moment2[i] + c2 * (g * g);
    moment1[i] = m;
    moment2[i] = v;
    param[i] = param[i] * keep - rate * m / (__builtin_sqrtf(v * correction2) + eps);
  }
}
