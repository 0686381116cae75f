// SIGINT and SIGTERM ask the run to stop after the current step.
#pragma once

namespace etalon {

void installStopHandlers();
/// The signal that asked for a stop, 0 when none did.
int stopSignal();

}  // namespace etalon
