// SwiGLU: silu(gate) * up (Shazeer 2020).

static inline Vec sigmoid(Vec x) { return 1.0f / (1.0f + exponential(-x)); }

static inline void swigluGradient(Vec gate, Vec up, Vec d, Vec& dGate, Vec& dUp) {
  const Vec s = sigmoid(gate);
  const Vec silu = gate * s;
  dUp = d * silu;
  dGate = d * up * (s + silu * (1.0f - s));
}

static void swigluForward(const float* gateUp, float* act, int64_t rows, int64_t hidden) {
  for (int64_t r = 0; r < rows; r++, gateUp += 2 * hidden, act += hidden) {
    int64_t j = 0;
    for (; j + kLanes <= hidden; j += kLanes) {
      const Vec gate = load(gateUp + j);
      store(act + j, gate * sigmoid(gate) * load(gateUp + hidden + j));
    }
    if (j == hidden) continue;
    const int64_t rest = hidden - j;
    const Vec gate = loadPartial(gateUp + j, rest, 0.0f);
    storePartial(act + j, rest, gate * sigmoid(gate) * loadPartial(gateUp + hidden + j, rest, 0.0f));
  }
}

static void swigluBackward(const float* gateUp, const float* dAct, float* dGateUp, int64_t rows, int64_t hidden) {
  for (int64_t r = 0; r < rows; r++, gateUp += 2 * hidden, dAct += hidden, dGateUp += 2 * hidden) {
    Vec dGate, dUp;
    int64_t j = 0;
    for (; j + kLanes <= hidden; j += kLanes) {
      swigluGradient(load(gateUp + j), load(gateUp + hidden + j), load(dAct + j), dGate, dUp);
      store(dGateUp + j, dGate);
      store(dGateUp + hidden + j, dUp);
    }
    if (j == hidden) continue;
    const int64_t rest = hidden - j;
    swigluGradient(loadPartial(gateUp + j, rest, 0.0f), loadPartial(gateUp + hidden + j, rest, 0.0f),
                   loadPartial(dAct + j, rest, 0.0f), dGate, dUp);
    storePartial(dGateUp + j, rest, dGate);
    storePartial(dGateUp + hidden + j, rest, dUp);
  }
}
