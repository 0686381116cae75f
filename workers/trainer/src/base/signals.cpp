#include "base/signals.hpp"

#include <csignal>

namespace etalon {
namespace {

volatile std::sig_atomic_t received = 0;

void remember(int signal) { received = signal; }

}  // namespace

void installStopHandlers() {
  std::signal(SIGINT, remember);
  std::signal(SIGTERM, remember);
}

int stopSignal() { return received; }

}  // namespace etalon
