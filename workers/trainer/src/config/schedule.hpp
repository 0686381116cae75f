// Learning-rate schedules as functions of tokens already trained.
#pragma once
#include "config/config.hpp"

namespace etalon {

/// The base learning rate of the step that starts after n tokens, in a run of `totalTokens`.
/// Equations 2, 7 and 8 of arXiv 2408.13359: n < warmup rises linearly to the value at the end of the warmup;
/// n > total - decay falls from the value frozen at total - decay; linear and cosine fall from the warmup to the total.
double learningRate(const ScheduleConfig& schedule, double totalTokens, double batchSeqs, double n);

/// Share of the rate left after the fraction x of a decay, from 1 to `finalFraction`.
/// exp is IBM's form ((1-r)e/(e-1)) e^-x + (re-1)/(e-1), which reaches r exactly at x = 1.
double decayFactor(DecayShape shape, double x, double finalFraction);

/// The first step whose starting token count lies in the decay towards `totalTokens`; the number of steps of that run
/// when the schedule has no decay of its own.
int64_t firstDecayStep(const ScheduleConfig& schedule, int64_t totalTokens, int64_t tokensPerStep);

}  // namespace etalon
